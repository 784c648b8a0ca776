#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>
#include <iostream>
#include <optional>
#include <string>

#include "compile/emitters/tflite/tflite_writer.h"
#include "compile/passes/pipelines.h"
#include "core/base/output_file.h"
#include "model/checkpoint/bundle_reader.h"
#include "model/whisper/alignment_decoder.h"
#include "model/whisper/builders.h"
#include "model/whisper/kv_builders.h"
#include "plugin_run.h"
#include "support/temp_folder.h"

// MediaTek's own legalizer, out of LiteRT's plugin, on every graph of every published size. Weights
// are zeros, of which a legalizer sees only shapes. From medium on a file would be of gigabytes:
// there the graphs are taken twice, once as wide as they are with two layers a half, and once with
// all their layers at the width of tiny.

namespace sotto::test {
namespace {

/// Every element of every tensor is the same zero.
Checkpoint zeros(const WhisperDims& dims) {
  Checkpoint checkpoint;
  checkpoint.dims = dims;
  checkpoint.tensors = outline_tensors(dims);
  return checkpoint;
}

struct Variant {
  std::string name;
  WhisperDims dims;
};

constexpr std::int64_t kWidestWhole = 768;  // small

std::vector<Variant> variants() {
  std::vector<Variant> all;
  std::vector<WhisperDims> seen_dims;
  for (const WhisperSize& size : whisper_sizes()) {
    const bool seen = std::any_of(seen_dims.begin(), seen_dims.end(),
                                  [&](const WhisperDims& dims) { return dims == size.dims; });
    if (seen || size.name.ends_with(".en")) continue;  // English-only: one token less
    seen_dims.push_back(size.dims);
    std::string name(size.name);
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == '.' || c == '-'; }, '_');
    if (size.dims.n_audio_state <= kWidestWhole) {
      all.push_back({name, size.dims});
      continue;
    }
    WhisperDims wide = size.dims;
    wide.n_audio_layer = 2;
    wide.n_text_layer = 2;
    all.push_back({name + "_two_layers", wide});
    WhisperDims deep = size.dims;
    deep.n_audio_state = deep.n_text_state = 384;
    deep.n_audio_head = deep.n_text_head = 6;
    all.push_back({name + "_narrow", deep});
  }
  return all;
}

struct NamedGraph {
  const char* name;
  Graph graph;
};

std::vector<NamedGraph> graphs_of(const Checkpoint& checkpoint) {
  const std::int64_t last = checkpoint.dims.n_text_layer - 1;
  std::vector<NamedGraph> graphs;
  graphs.push_back({"encoder", build_encoder_core(checkpoint)});
  graphs.push_back({"decoder", build_decoder_core(checkpoint)});
  graphs.push_back(
      {"alignment", build_alignment_decoder(checkpoint, std::vector<std::int64_t>{last})});
  graphs.push_back({"crosskv", build_crosskv_encoder(checkpoint)});
  graphs.push_back({"step", build_kv_decoder(checkpoint)});
  graphs.push_back(
      {"prefill", build_kv_decoder(checkpoint, {usual_prefill_tokens(checkpoint.dims), 0})});
  return graphs;
}

void write(const Graph& graph, WeightType weights, const std::filesystem::path& path) {
  OutputFile file(path, path.string());
  write_tflite(graph, weights, file);
  file.close();
}

// Makes the stand-in a compiler that is not asked what it supports, so that the plugin's own list
// decides; otherwise the stand-in would, which takes everything.
constexpr const char* kOldCompiler = "SOTTO_STUB_OLD_COMPILER";

class PluginOf : public testing::TestWithParam<Variant> {
 protected:
  void SetUp() override {
    if (const std::string absence = plugin_absence(); !absence.empty()) GTEST_SKIP() << absence;
  }

  void TearDown() override { ::unsetenv(kOldCompiler); }

  void expect_whole(const std::filesystem::path& file, const std::string& soc,
                    const std::string& command, std::size_t operators) {
    const PluginRun run = run_plugin(file, soc, command, "/dev/null");
    ASSERT_EQ(run.exit_code, 0) << run.output;
    EXPECT_EQ(run.selected, run.total) << soc << " " << command << "\n" << run.output;
    EXPECT_EQ(run.total, static_cast<int>(operators));
    EXPECT_EQ(run.partitions, 1);
  }

  TempFolder folder_;
};

TEST_P(PluginOf, TakesEveryOperatorOfEveryGraph) {
  const Checkpoint checkpoint = zeros(GetParam().dims);
  std::cout << GetParam().name << ":";
  for (const NamedGraph& named : graphs_of(checkpoint)) {
    const Graph lowered = lower(named.graph);
    const auto file = folder_ / "model.tflite";
    write(lowered, WeightType::float32, file);
    const std::size_t operators = lowered.nodes().size();
    std::cout << " " << named.name << " " << operators;
    ::setenv(kOldCompiler, "1", 1);
    for (const char* soc : {"mt8189", "mt6991", "mt6989", "mt8188"}) {
      expect_whole(file, soc, "partition", operators);
    }
    ::unsetenv(kOldCompiler);
    for (const char* soc : {"mt8189", "mt6991", "mt6989", "mt8188"}) {
      expect_whole(file, soc, "apply", operators);
    }
  }
  std::cout << " operators\n";
}

INSTANTIATE_TEST_SUITE_P(Sizes, PluginOf, testing::ValuesIn(variants()),
                         [](const auto& tested) { return tested.param.name; });

class PluginOfBase : public PluginOf {};

TEST_P(PluginOfBase, TakesWeightsInHalfPrecisionToo) {
  const Checkpoint checkpoint = zeros(GetParam().dims);
  for (const NamedGraph& named : graphs_of(checkpoint)) {
    const auto file = folder_ / "model.tflite";
    write(lower(named.graph, {GeluForm::tanh, {}}), WeightType::float16, file);
    for (const char* soc : {"mt8189", "mt6991", "mt6989", "mt8188"}) {
      const PluginRun run = run_plugin(file, soc, "apply", "/dev/null");
      EXPECT_EQ(run.exit_code, 0) << run.output;
      EXPECT_EQ(run.selected, run.total) << run.output;
      EXPECT_EQ(run.partitions, 1);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, PluginOfBase, testing::Values(variants().at(1)),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace sotto::test
