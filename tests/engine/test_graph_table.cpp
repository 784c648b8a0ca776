#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numeric>
#include <vector>

#include "core/bundle/graph_limits.h"
#include "core/bundle/graph_signatures.h"
#include "model/checkpoint/bundle_reader.h"
#include "run/engine/checkpoint/checkpoint_graphs.h"
#include "support/expect_error.h"

// What core/bundle says of a model's graphs by its dims alone, beside the graphs themselves.

namespace sotto::test {
namespace {

class GraphTable : public testing::TestWithParam<WhisperSize> {
 protected:
  GraphTable() {
    const auto outline = std::make_shared<Checkpoint>();
    outline->dims = GetParam().dims;
    outline->tensors = outline_tensors(outline->dims);
    const std::int64_t frames = 2 * dims().n_audio_ctx;
    graphs_ = std::make_unique<CheckpointGraphs>(
        [outline] { return outline; },
        CheckpointGraphs::Window{frames, usual_prefill_tokens(dims())});
    layers_.resize(static_cast<std::size_t>(dims().n_text_layer));
    std::iota(layers_.begin(), layers_.end(), 0);
  }

  [[nodiscard]] const WhisperDims& dims() const { return GetParam().dims; }
  [[nodiscard]] std::int64_t tokens(GraphKind kind) const {
    return kind == GraphKind::prefill ? usual_prefill_tokens(dims()) : 1;
  }
  [[nodiscard]] Graph build(GraphKind kind) const {
    return kind == GraphKind::alignment ? graphs_->build_alignment(layers_, 0)
                                        : graphs_->build(kind, 0);
  }

  std::unique_ptr<CheckpointGraphs> graphs_;
  std::vector<std::int64_t> layers_;
};

TEST_P(GraphTable, SaysTheSignaturesOfTheGraphs) {
  for (const GraphEntry& entry : graph_table()) {
    Signature said = signature_of(entry.kind, dims(), tokens(entry.kind), layers_);
    for (Signature::Port& port : said.inputs) {
      EXPECT_EQ(port.is_resident, is_resident_input(port.name)) << port.name;
      port.is_resident = false;
    }
    EXPECT_EQ(said, signature_of(build(entry.kind))) << entry.name;
  }
}

TEST_P(GraphTable, BoundsWhatARunTakes) {
  for (const GraphEntry& entry : graph_table()) {
    const GraphLimits graph = limits_of(build(entry.kind));
    const GraphLimits most = limits_of(entry.kind, dims(), tokens(entry.kind));
    const auto expect_bound = [&](const char* what, auto found, auto bound) {
      EXPECT_GE(bound, found) << entry.name << ' ' << what;
      EXPECT_LE(bound, 2 * found) << entry.name << ' ' << what;
    };
    EXPECT_GE(most.values, graph.values) << entry.name;
    if (entry.kind == GraphKind::alignment) {  // the decoder's, of which it is the better part
      EXPECT_GE(most.multiply_adds, graph.multiply_adds);
      EXPECT_GE(most.activation_bytes, graph.activation_bytes);
      EXPECT_GE(most.constant_bytes, graph.constant_bytes);
      continue;
    }
    expect_bound("multiply-adds", graph.multiply_adds, most.multiply_adds);
    expect_bound("activations", graph.activation_bytes, most.activation_bytes);
    expect_bound("constants", graph.constant_bytes, most.constant_bytes);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, GraphTable, testing::ValuesIn(whisper_sizes()),
                         [](const auto& tested) {
                           std::string name(tested.param.name);
                           for (char& letter : name) letter = std::isalnum(letter) ? letter : '_';
                           return name;
                         });

/// An executable or a manifest that speaks of other ports than the model has.
TEST(GraphSignatures, RefuseOtherPorts) {
  const WhisperDims dims = whisper_sizes().front().dims;
  const Signature expected = signature_of(GraphKind::decoder, dims, 1);
  EXPECT_NO_THROW(check_signature(expected, expected, "here"));
  const auto refuse = [&](const std::string& start, const auto& change) {
    Signature other = expected;
    change(other);
    expect_error(ErrorKind::mismatch, start, [&] { check_signature(expected, other, "here"); });
  };
  refuse("here: expected 2 inputs", [](Signature& other) { other.inputs.pop_back(); });
  refuse("here: expected 1 inputs or outputs", [](Signature& other) { other.outputs.clear(); });
  refuse("here: expected encoder_output, float32 [", [](Signature& other) {
    other.inputs[1].shape[1] += 1;  // longer audio
  });
  refuse("here: expected token_embeddings", [](Signature& other) {
    other.inputs[0].shape[2] += 1;  // wider embeddings
  });
  refuse("here: expected logits", [](Signature& other) { other.outputs[0].name = "scores"; });
  refuse("here: expected logits", [](Signature& other) { other.outputs[0].dtype = DType::int32; });
}

TEST(GraphRoles, ComeBackFromTheirWords) {
  for (const GraphEntry& graph : graph_table()) {
    EXPECT_EQ(find_graph(graph.name), graph.kind);
    for (const FormEntry& form : form_table()) {
      const std::string role = graph_role(graph.kind, form.form);
      const auto parsed = parse_graph_role(role);
      ASSERT_TRUE(parsed) << role;
      EXPECT_EQ(parsed->graph, graph.kind);
      EXPECT_EQ(parsed->form, form.form);
      EXPECT_EQ(parsed->soc, "");
      const std::string compiled = compiled_role(role, "mt8371", "dla");
      const auto target = parse_graph_role(compiled);
      ASSERT_TRUE(target) << compiled;
      EXPECT_EQ(target->graph, graph.kind);
      EXPECT_EQ(target->soc, "mt8371");
      EXPECT_EQ(target->compiled_as, "dla");
    }
  }
  for (const char* role : {"", "encoder", "vocabulary", "encoder_tflite@", "encoder_tflite@mt8371",
                           "decoder_step_tflitex", "@.", "encoder_onnx"}) {
    EXPECT_FALSE(parse_graph_role(role)) << role;
  }
}

TEST(GraphFiles, HaveTheNamesOfTheFormat) {
  const GraphNaming naming{"base", 80, 3000, 448, 64};
  EXPECT_EQ(graph_file_name(GraphKind::encoder, Form::torchscript, naming), "encoder_base_3000.pt");
  EXPECT_EQ(graph_file_name(GraphKind::encoder, Form::tflite, naming),
            "encoder_base_80x3000.tflite");
  EXPECT_EQ(graph_file_name(GraphKind::encoder, Form::mtk, naming), "encoder_base_3000_mtk.tflite");
  EXPECT_EQ(graph_file_name(GraphKind::prefill, Form::tflite, naming),
            "decoder_base_448_prefill64.tflite");
}

}  // namespace
}  // namespace sotto::test
