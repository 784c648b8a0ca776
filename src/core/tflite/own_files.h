#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/tflite/tflite_model.h"

namespace sotto {

// What a runtime that believes a file is told before it sees the file: that the ports are those of
// the graph that the file is said to hold, and that all of it is what Sotto's own emitter writes.

/// A port of the graph: float32, of this shape.
struct TflitePort {
  std::string name;
  Shape shape;
};

struct TflitePorts {
  std::vector<TflitePort> inputs, outputs;
  std::string signature{};  ///< the key of the graph's, in a file that holds several
};

/// What a run of any of the file's graphs may take at most.
struct TfliteBudget {
  std::size_t operators = 0;
  std::int64_t multiply_adds = 0;
  std::int64_t activation_bytes = 0;
};

/// The signature of that key, or the first where none is named; nullptr where there is none.
[[nodiscard]] const TfliteSignature* find_signature(const TfliteModel& model, std::string_view key);

/// Throws mismatch, naming the file, unless the model has these ports, under these names in any
/// order: those of the signature, or, where it has none, its first graph's, which go by the
/// tensors' names.
void check_ports(const TfliteModel& model, const TflitePorts& ports, const std::string& source);

/// Throws unsupported with a sentence that names the file and the operator or part of it unless
/// everything in it is what Sotto's emitter writes: one graph of its operators (own_operators.h),
/// or two with a signature each, shapes that follow from the inputs', no quantization, state or
/// control flow, constants that are read as what they are, at most one signature a graph and the
/// one entry of metadata; and unless it stays within the budget. `bytes` are those that `model` was
/// parsed from; weights are not read.
void check_own_file(std::span<const std::byte> bytes, const TfliteModel& model,
                    const TfliteBudget& budget, const std::string& source);

}  // namespace sotto
