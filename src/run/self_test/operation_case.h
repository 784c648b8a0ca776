#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/bundle/bundle.h"
#include "core/tflite/own_files.h"
#include "core/tflite/tflite_model.h"

namespace sotto {

/// One operation of a graph, to be tried by itself.
struct OperationCase {
  std::string operation;            ///< "BATCH_MATMUL"
  std::string description;          ///< its shapes and what its options say
  std::vector<std::string> graphs;  ///< roles of the bundle's files that have it
  std::size_t occurrences = 0;      ///< in all of them

  /// The operation, with the DEQUANTIZEs of its constants in front. Integers that are constants are
  /// the file's; constants of floats have no bytes, for it does not matter which they are: their
  /// `constant` is empty.
  TfliteSubgraph graph;
  std::vector<const tflite::Operator*> raw;  ///< the file's own, one an operator
  std::shared_ptr<const void> owner;         ///< of the file's bytes
  std::string file;                          ///< for messages

  [[nodiscard]] const TfliteOperator& op() const { return graph.operators.back(); }
  [[nodiscard]] const TfliteTensor& tensor(std::int32_t index) const {
    return graph.tensors[static_cast<std::size_t>(index)];
  }
  [[nodiscard]] const TfliteTensor& input(std::size_t place) const {
    return tensor(op().inputs.at(place));
  }
  [[nodiscard]] const TfliteTensor& output() const { return tensor(op().outputs.at(0)); }
};

/// Every distinct operation (kind, types, shapes, options, integers) of the bundle's TFLite files
/// that are not compiled, in the order in which they are met. Throws not_found where the bundle has
/// no such file, unsupported for one that Sotto has not written, and what read_tflite() throws.
[[nodiscard]] std::vector<OperationCase> operation_cases(const Bundle& bundle);

/// The same of one file within a budget, which `graph` names in the cases, added to those that
/// there are.
void add_operation_cases(const std::filesystem::path& file, const std::string& graph,
                         const TfliteBudget& budget, std::vector<OperationCase>& cases);

}  // namespace sotto
