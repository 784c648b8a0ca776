#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "run/backends/backend.h"

namespace sotto::test {

/// A part of this graph, which it can build, and without a file.
[[nodiscard]] inline ModelPart part_of(std::string name,
                                       std::function<Graph(std::int64_t length)> make_graph) {
  const Graph graph = make_graph(0);
  ModelPart part{.name = std::move(name)};
  part.signature = signature_of(graph);
  part.limits = limits_of(graph);
  part.graph = std::move(make_graph);
  return part;
}

/// The same in a file of that form.
[[nodiscard]] inline ModelPart part_in(const std::string& form, const std::filesystem::path& file,
                                       std::function<Graph(std::int64_t length)> make_graph) {
  ModelPart part = part_of("part", std::move(make_graph));
  part.files[form] = {file};
  return part;
}

}  // namespace sotto::test
