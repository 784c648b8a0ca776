#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "compile/exporter/graph_files.h"
#include "core/base/error.h"
#include "core/tflite/own_files.h"
#include "core/tflite/single_graph.h"
#include "mutation/tflite_places.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/random_checkpoint.h"
#include "support/temp_folder.h"
#include "support/text_sink.h"
#include "tflite/own_file.h"

// The files of exports, those of two graphs included.

namespace sotto::test {
namespace {

using testing::HasSubstr;

constexpr TfliteBudget kAmple{100000, 1LL << 40, 1LL << 40};

TfliteModel parse(const std::string& bytes) {
  return parse_tflite(std::as_bytes(std::span(bytes)), "own.tflite", nullptr);
}

std::string refusal(const std::string& bytes) {
  return refusal_of(
      [&] { check_own_file(std::as_bytes(std::span(bytes)), parse(bytes), kAmple, "own.tflite"); });
}

TflitePorts ports_of(const GraphFile::Content& graph) {
  TflitePorts ports;
  for (const Signature::Port& port : graph.signature.inputs)
    ports.inputs.push_back({port.name, port.shape});
  for (const Signature::Port& port : graph.signature.outputs) {
    ports.outputs.push_back({port.name, port.shape});
  }
  ports.signature = graph.key;
  return ports;
}

/// Step and prefill of a small model.
struct KvFile {
  GraphFile file;
  std::string bytes;
};
KvFile kv_file() {
  ExportOptions options;
  options.format = ExportFormat::tflite;
  options.graphs = {GraphKind::crosskv, GraphKind::step, GraphKind::prefill};
  auto files = plan_graph_files(options, random_checkpoint(small_dims()), "small");
  TextSink sink;
  files.back().write(sink);
  return {std::move(files.back()), std::move(sink.text)};
}

TEST(OwnFiles, OfTwoGraphsHaveASignatureEach) {
  const KvFile kv = kv_file();
  const GraphFile& file = kv.file;
  ASSERT_EQ(file.graphs.size(), 2U);
  EXPECT_EQ(file.name, "decoder_small_448_kv.tflite");
  TflitePorts other = ports_of(file.graphs[0]);
  other.signature = "prefill";
  EXPECT_THAT(refusal_of([&] { check_ports(parse(kv.bytes), other, "file"); }),
              HasSubstr("expected token_embedding to be float32 of [1, 1, 64]"));
  other.signature = "other";
  EXPECT_THAT(refusal_of([&] { check_ports(parse(kv.bytes), other, "file"); }),
              HasSubstr("expected a graph that is called other, found none"));
  const std::string twice = own_file_of_two();
  EXPECT_EQ(refusal(twice), "");
  std::string same = twice;
  put_number(same, "signatures.1.graph", 0);
  EXPECT_THAT(refusal(same), HasSubstr("two signatures of one graph"));
  std::string one = twice;
  put_number(one, "signatures.@length", 1);
  EXPECT_THAT(refusal(one), HasSubstr("it has 1 signatures for 2 graphs"));
}

TEST(SingleGraph, IsAFileOfItsOwn) {
  const auto [file, bytes] = kv_file();
  TempFolder folder;
  const auto both = folder / "both.tflite", single = folder / "single.tflite";
  write_file(both, bytes);
  const TfliteModel whole = read_tflite(both);
  for (std::size_t i = 0; i < 2; ++i) {
    const GraphFile::Content& graph = file.graphs[i];
    write_single_graph(both, single, graph.key);
    const TfliteModel model = read_tflite(single);
    ASSERT_EQ(model.subgraphs.size(), 1U);
    EXPECT_EQ(model.subgraphs[0].name, whole.subgraphs[i].name);
    EXPECT_EQ(model.subgraphs[0].operators.size(), whole.subgraphs[i].operators.size());
    ASSERT_EQ(model.signatures.size(), 1U);
    EXPECT_EQ(model.signatures[0].key, graph.key);
    EXPECT_NO_THROW(check_ports(model, ports_of(graph), "single"));
  }
  EXPECT_THAT(refusal_of([&] { write_single_graph(both, single, "other"); }),
              HasSubstr("expected a graph that is called other, found none"));
}

TEST(OwnFiles, AreThoseOfEveryExport) {
  const Checkpoint checkpoint = random_checkpoint(small_dims());
  for (const WeightType weights : {WeightType::float32, WeightType::float16}) {
    for (const GeluForm gelu : {GeluForm::exact, GeluForm::tanh}) {
      ExportOptions options;
      options.format = ExportFormat::tflite;
      options.weights = weights;
      options.lowering.gelu = gelu;
      options.alignment = true;
      options.alignment_heads = AlignmentHeads{{0, 1}, {1, 0}};
      const auto files = plan_graph_files(options, checkpoint, "small");
      EXPECT_EQ(files.size(), 5U);  // step and prefill share one
      for (const GraphFile& file : files) {
        TextSink sink;
        file.write(sink);
        EXPECT_EQ(refusal(sink.text), "") << file.name;
        const TfliteModel model = parse(sink.text);
        for (const GraphFile::Content& graph : file.graphs) {
          EXPECT_NO_THROW(check_ports(model, ports_of(graph), file.name)) << graph.role;
        }
      }
    }
  }
}

}  // namespace
}  // namespace sotto::test
