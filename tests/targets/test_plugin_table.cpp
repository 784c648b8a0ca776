#include <cstdlib>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "compile/targets/check.h"
#include "core/base/error.h"
#include "plugin/plugin_run.h"
#include "support/files.h"
#include "support/temp_folder.h"
#include "tflite/raw_tflite.h"

// Our table of LiteRT's MediaTek plugin against the plugin itself: a file of every operator that we
// call legal, of which it must select each, and one of all others, of which it must select none.

namespace sotto::test {
namespace {

using Type = tflite::TensorType;

constexpr std::int32_t kMul = 18, kOperators = 210;
constexpr std::int32_t kCustom = 32, kPlaceholder = 127, kComposite = 206;

class PluginTable : public testing::Test {
 protected:
  void SetUp() override {
    const std::string absence = plugin_absence();
    if (!absence.empty()) GTEST_SKIP() << absence;
    ::setenv("SOTTO_STUB_OLD_COMPILER", "1", 1);
  }
  void TearDown() override { ::unsetenv("SOTTO_STUB_OLD_COMPILER"); }

  PluginRun run(RawTflite file, const std::string& soc = "mt8189") {
    file.signature_inputs.clear();
    file.signature_outputs.clear();
    // The official runtime wants every input and output in the signature.
    for (const std::int32_t tensor : file.inputs) {
      file.signature_inputs.emplace_back(name_of(file, tensor), tensor);
    }
    for (const std::int32_t tensor : file.outputs) {
      file.signature_outputs.emplace_back(name_of(file, tensor), tensor);
    }
    write_file(folder_ / "in.tflite", file.bytes());
    return run_plugin(folder_ / "in.tflite", soc, "partition", folder_ / "out.tflite");
  }

  static std::string name_of(const RawTflite& file, std::int32_t tensor) {
    return file.tensors[static_cast<std::size_t>(tensor)].name;
  }

  TempFolder folder_;
};

RawTflite empty_file() {
  RawTflite file;
  file.inputs = {file.add_tensor({"x", {1, 4}})};
  return file;
}

void add(RawTflite& file, std::int32_t code, std::int32_t second) {
  const auto out = file.add_tensor({concat("y", file.operators.size()), {1, 4}});
  file.add_operator(code, {0, second}, {out});
  file.outputs.push_back(out);
}

bool is_legal(std::int32_t code) {
  return !object_to_operator(tflite_operator_name(code), ToolchainSet{false, true});
}

TEST_F(PluginTable, HasTheOperatorsThatThePluginSelects) {
  RawTflite legal = empty_file(), others = empty_file();
  for (std::int32_t code = 0; code < kOperators; ++code) {
    // Numbers that stand for no operator by themselves, and gaps in the numbering.
    if (code == kCustom || code == kPlaceholder || code == kComposite) continue;
    if (tflite_operator_name(code).empty()) continue;
    add(is_legal(code) ? legal : others, code, 0);
  }
  const PluginRun taken = run(legal);
  EXPECT_EQ(taken.total, 46) << taken.output;
  EXPECT_EQ(taken.selected, taken.total) << taken.output;
  const PluginRun left = run(others);
  EXPECT_GT(left.total, 100) << left.output;
  EXPECT_EQ(left.selected, 0) << left.output;
}

struct TypeCase {
  Type type;
  std::size_t scales;
  bool constant;
};

std::vector<TypeCase> type_cases() {
  std::vector<TypeCase> cases;
  for (const Type type :
       {Type::float32, Type::float16, Type::int32, Type::uint8, Type::int64, Type::string,
        Type::boolean, Type::int16, Type::complex64, Type::int8, Type::float64, Type::uint64,
        Type::uint32, Type::uint16, Type::int4, Type::bfloat16}) {
    for (const std::size_t scales : {0U, 1U, 4U}) {
      for (const bool constant : {false, true}) {
        if (type != Type::string || !constant) cases.push_back({type, scales, constant});
      }
    }
  }
  return cases;
}

std::int32_t add_tensor(RawTflite& file, const TypeCase& which) {
  RawTensor tensor{"t", {1, 4}, which.type};
  tensor.scales.assign(which.scales, 0.5F);
  if (which.constant) {
    const auto bytes = static_cast<std::size_t>(4 * bits_of(which.type) / 8);
    file.buffers.push_back({std::string(bytes, '\0')});
    tensor.buffer = static_cast<std::uint32_t>(file.buffers.size() - 1);
  }
  return file.add_tensor(tensor);
}

TEST_F(PluginTable, HasTheElementTypesThatThePluginTakes) {
  RawTflite legal = empty_file(), others = empty_file();
  for (const TypeCase& which : type_cases()) {
    RawTflite alone = empty_file();
    const std::int32_t second = add_tensor(alone, which);
    if (!which.constant) alone.inputs.push_back(second);
    add(alone, kMul, second);
    const std::string bytes = alone.bytes();
    const TfliteModel model = parse_tflite(std::as_bytes(std::span(bytes)), "alone", nullptr);
    const bool passed = check_model(model, find_target("mt8189"), ToolchainName::litert).passed();
    RawTflite& file = passed ? legal : others;
    add(file, kMul, add_tensor(file, which));
  }
  const PluginRun taken = run(legal);
  EXPECT_GT(taken.total, 20) << taken.output;
  EXPECT_EQ(taken.selected, taken.total) << taken.output;
  const PluginRun left = run(others);
  EXPECT_GT(left.total, 20) << left.output;
  EXPECT_EQ(left.selected, 0) << left.output;
}

struct CompositeCase {
  const char* name;
  std::string attributes;
  std::int32_t behind;  ///< the operator of its graph
};

// What the plugin does not know as a composite, LiteRT writes out before it asks again.
std::vector<CompositeCase> composite_cases() {
  constexpr std::int32_t kGreaterEqual = 62;
  std::vector<CompositeCase> cases;
  for (const char* name : {"odml.rms_norm", "odml.l2_norm", "odml.group_norm", "odml.layer_norm",
                           "odml.scaled_dot_product_attention", "odml.runtime_bmm", "other"}) {
    for (const std::string& attributes :
         {std::string(), attribute("num_groups", 1), attribute("num_groups", 2)}) {
      cases.push_back({name, attributes, kMul});
      cases.push_back({name, attributes, kGreaterEqual});
    }
  }
  return cases;
}

bool is_legal(const RawTflite& file) {
  const std::string bytes = file.bytes();
  const TfliteModel model = parse_tflite(std::as_bytes(std::span(bytes)), "t.tflite", nullptr);
  return check_model(model, find_target("mt8189"), ToolchainName::litert).passed();
}

TEST_F(PluginTable, HasTheCompositesThatThePluginTakes) {
  int taken = 0;
  for (const CompositeCase& which : composite_cases()) {
    RawTflite file = composite_tflite(which.name, which.attributes);
    file.codes[1].code = which.behind;
    const bool legal = is_legal(file);
    const PluginRun result = run(file);
    EXPECT_EQ(result.selected, legal ? 1 : 0) << which.name << " " << result.output;
    EXPECT_EQ(result.total, 1) << which.name;
    taken += which.behind != kMul && legal ? 1 : 0;
  }
  // Whatever stands behind them: two with any attributes, and one with a single one.
  EXPECT_EQ(taken, 3 + 3 + 1);
}

/// A composite in the graph of another.
RawTflite nested(const char* outer, const char* inner) {
  RawTflite file = composite_tflite(outer);
  RawGraph& graph = file.more_graphs[0];
  RawGraph behind = graph;
  RawOperator call = file.operators[0];
  call.composite_name = inner;
  call.decomposition = 2;
  call.inputs = {0, 1};
  graph.operators = {call};
  file.more_graphs.push_back(behind);
  return file;
}

TEST_F(PluginTable, HasCompositesInTheGraphsOfComposites) {
  int legal = 0;
  for (const RawTflite& file : {nested("other", "odml.rms_norm"), nested("odml.rms_norm", "other"),
                                nested("other", "another")}) {
    const PluginRun result = run(file);
    EXPECT_EQ(result.selected, is_legal(file) ? 1 : 0) << result.output;
    EXPECT_EQ(result.total, 1) << result.output;
    legal += is_legal(file) ? 1 : 0;
  }
  EXPECT_EQ(legal, 2);
}

TEST_F(PluginTable, HasTheSocsThatThePluginKnows) {
  RawTflite file = empty_file();
  add(file, kMul, 0);
  for (const Target& target : targets()) {
    if (target.litert_soc.empty()) continue;
    const PluginRun result = run(file, std::string(target.litert_soc));
    EXPECT_EQ(result.selected, 1) << target.name << ": " << result.output;
  }
}

}  // namespace
}  // namespace sotto::test
