#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "run/doctor/report.h"

namespace sotto {

/// A compiled file to load.
struct GraphQuestion {
  std::filesystem::path file;
  std::uint64_t inputs = 0, outputs = 0;
  std::filesystem::path adapter;  ///< empty: the usual one
};

/// What became of it.
struct GraphFacts {
  FileState state = FileState::not_tried;
  double seconds = 0;   ///< from the mapped file to a loaded network
  std::string answer;   ///< of a refusal: "NEURON_BAD_DATA", where a call was answered so
  std::string message;  ///< of a refusal
  bool operator==(const GraphFacts&) const = default;
};

/// Loads a compiled file as the neuron back end does, and lets it go again. It is the vendor's
/// code: this is for a process of its own.
[[nodiscard]] GraphFacts probe_graph(const GraphQuestion& question);

}  // namespace sotto
