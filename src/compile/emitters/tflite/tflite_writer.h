#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/base/byte_sink.h"
#include "core/graph/graph.h"

namespace sotto {

/// How weights of more than one axis are stored. Half precision ones are widened in the file, by an
/// operation of their own, so that everything is computed as in float32.
enum class WeightType { float32, float16 };

/// Writes a lowered graph (compile/passes) as a TFLite file: fixed shapes, tensors named after the
/// graph's values, one signature "serving_default" with the graph's names. Weights stream from
/// where they lie, so memory does not grow with them. A file of 2 GB or more keeps its weights
/// behind the flatbuffer, whose offsets end there. The same graph gives the same bytes. Throws
/// unsupported, naming the node, for operations that lowering should have replaced.
void write_tflite(const Graph& graph, WeightType weights, ByteSink& sink);

/// A graph of a file that holds several, and the signature that it is called by.
struct SignedGraph {
  std::string signature;
  const Graph* graph = nullptr;
};

/// The same of several graphs, in their order. Weights that lie in one place are there once.
void write_tflite(std::span<const SignedGraph> graphs, const std::string& name, WeightType weights,
                  ByteSink& sink);

/// The size of the file that write_tflite() would write, without its description of the graph.
[[nodiscard]] std::uint64_t weight_bytes(const Graph& graph, WeightType weights);
[[nodiscard]] std::uint64_t weight_bytes(std::span<const SignedGraph> graphs, WeightType weights);

}  // namespace sotto
