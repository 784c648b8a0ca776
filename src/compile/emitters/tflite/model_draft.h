#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "compile/emitters/tflite/blob.h"
#include "core/base/byte_sink.h"
#include "core/base/shape.h"
#include "tflite/schema_generated.h"

namespace sotto {

/// An operator of the format: its number, the version of it that readers must know, its options.
struct OperatorKind {
  std::int32_t code = 0;
  std::int32_t version = 1;
  bool operator==(const OperatorKind&) const = default;
};

struct OperatorOptions {
  tflite::BuiltinOptions type = tflite::BuiltinOptions::NONE;
  flatbuffers::Offset<void> table;
};

/// A TFLite file in the making: graph after graph, in each tensors by number and operators in the
/// order in which they run. Weights are only noted down, once for all graphs; finish() writes the
/// description and then lets them stream.
class ModelDraft {
 public:
  /// Where the weights lie: inside the flatbuffer, as vectors at its end, or behind it.
  enum class Weights { inside, behind };
  explicit ModelDraft(Weights weights);

  [[nodiscard]] flatbuffers::FlatBufferBuilder& builder() { return builder_; }

  std::int32_t add_tensor(const std::string& name, const Shape& shape);
  std::int32_t add_constant(const std::string& name, const Shape& shape, const Blob& blob);
  /// Small integers that say how an operator works; equal ones are one tensor.
  std::int32_t add_integers(const std::vector<std::int32_t>& values) {
    return add_integers(values, {static_cast<std::int64_t>(values.size())});
  }
  std::int32_t add_integers(const std::vector<std::int32_t>& values, const Shape& shape);

  void add_operator(OperatorKind kind, const std::vector<std::int32_t>& inputs, std::int32_t output,
                    OperatorOptions options);

  using Ports = std::vector<std::pair<std::string, std::int32_t>>;
  /// What is a graph and how it is called.
  struct GraphEnds {
    std::string name, signature;
    Ports inputs, outputs;
  };
  /// Makes a graph of the tensors and operators that were added since the last one.
  void end_graph(const GraphEnds& ends);
  /// Writes the whole file of the graphs that have ended. `name` is the file's description.
  void finish(const std::string& name, ByteSink& sink);

 private:
  struct PlacedBlob {
    std::uint32_t buffer;
    Blob blob;
  };

  std::int32_t add_tensor(const std::string& name, const Shape& shape, tflite::TensorType type,
                          std::uint32_t buffer);
  std::uint32_t add_buffer(const std::vector<std::uint8_t>& bytes);
  std::uint32_t buffer_of_integers(const std::vector<std::int32_t>& values);
  std::uint32_t buffer_of(const Blob& blob);
  std::uint32_t reserve_buffer();
  std::uint32_t opcode(OperatorKind kind);
  flatbuffers::Offset<tflite::SubGraph> graph(const GraphEnds& ends);
  flatbuffers::Offset<tflite::SignatureDef> signature(const GraphEnds& ends);
  void place_blobs();

  Weights weights_;
  flatbuffers::FlatBufferBuilder builder_;
  std::vector<flatbuffers::Offset<tflite::Buffer>> buffers_;
  std::vector<flatbuffers::Offset<tflite::Tensor>> tensors_;
  std::vector<flatbuffers::Offset<tflite::Operator>> operators_;
  std::vector<flatbuffers::Offset<tflite::SubGraph>> graphs_;
  std::vector<flatbuffers::Offset<tflite::SignatureDef>> signatures_;
  std::vector<OperatorKind> kinds_;
  std::map<std::pair<Shape, std::vector<std::int32_t>>, std::int32_t> integers_;  // of this graph
  std::map<std::vector<std::int32_t>, std::uint32_t> integer_buffers_;
  std::vector<PlacedBlob> blobs_;
};

}  // namespace sotto
