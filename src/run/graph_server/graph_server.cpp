#include "run/graph_server/graph_server.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "core/base/error.h"
#include "run/backends/registry.h"
#include "run/engine/model_sources.h"

namespace sotto {
namespace {

constexpr std::size_t kMostGraphs = 64;

void refuse(GraphStream& stream, const Error& error) {
  write_number(stream, GraphAnswer::failed);
  write_number(stream, static_cast<std::uint32_t>(error.kind()));
  write_text(stream, error.message());
}

/// The extent that the ports' variable axes may have; 0 where none has one.
std::int64_t longest(const Signature& signature) {
  for (const auto* ports : {&signature.inputs, &signature.outputs}) {
    for (const Signature::Port& port : *ports) {
      if (port.variable_axis) return port.shape.at(static_cast<std::size_t>(*port.variable_axis));
    }
  }
  return 0;
}

void read_patches(GraphStream& stream, Tensor& tensor) {
  const auto count = read_number<std::uint32_t>(stream);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto offset = read_number<std::uint64_t>(stream);
    const auto bytes = read_number<std::uint64_t>(stream);
    if (bytes == 0 || offset > tensor.bytes() || bytes > tensor.bytes() - offset) {
      fail(ErrorKind::format, "expected a part of an input's ", tensor.bytes(), " bytes, found ",
           bytes, " from ", offset, " on");
    }
    stream.read({tensor.data() + offset, static_cast<std::size_t>(bytes)});
  }
}

}  // namespace

Shape shape_at(const Signature::Port& port, std::int64_t extent) {
  Shape shape = port.shape;
  if (port.variable_axis) shape.at(static_cast<std::size_t>(*port.variable_axis)) = extent;
  return shape;
}

void GraphServer::answer(GraphStream& stream) {
  switch (read_number<GraphRequest>(stream)) {
    case GraphRequest::load:
      return load(stream);
    case GraphRequest::run:
      return run(stream);
  }
  fail(ErrorKind::format, "expected a request to load or to run a graph, found none");
}

void GraphServer::load(GraphStream& stream) {
  const std::string name = read_text(stream);
  try {
    const auto kind = find_graph(name);
    if (!kind) fail(ErrorKind::usage, "expected the name of a graph, found \"", name, "\"");
    if (loaded_.size() == kMostGraphs) {
      fail(ErrorKind::unsupported, "expected at most ", kMostGraphs, " graphs");
    }
    Loaded loaded;
    loaded.graph = graphs_.load(*kind);
    make_tensors(loaded, longest(loaded.graph->signature()));
    loaded_.push_back(std::move(loaded));
  } catch (const Error& error) {
    return refuse(stream, error);
  }
  write_number(stream, GraphAnswer::done);
}

void GraphServer::make_tensors(Loaded& loaded, std::int64_t extent) const {
  const Signature& signature = loaded.graph->signature();
  const bool is_first = loaded.inputs.empty();
  for (std::size_t i = 0; i < signature.inputs.size(); ++i) {
    const Signature::Port& port = signature.inputs[i];
    if (!is_first && !port.variable_axis) continue;
    Tensor tensor = graphs_.allocate(port.dtype, shape_at(port, extent));
    std::fill_n(tensor.data(), tensor.bytes(), std::byte{0});
    if (is_first) {
      loaded.inputs.push_back(std::move(tensor));
    } else {
      loaded.inputs[i] = std::move(tensor);
    }
  }
  for (std::size_t i = 0; is_first && graphs_.binds_inputs && i < loaded.inputs.size(); ++i) {
    if (signature.inputs[i].is_resident) loaded.graph->bind_input(i, loaded.inputs[i]);
  }
  loaded.outputs.clear();
  for (const Signature::Port& port : signature.outputs) {
    loaded.outputs.push_back(graphs_.allocate(port.dtype, shape_at(port, extent)));
  }
  loaded.extent = extent;
}

void GraphServer::run(GraphStream& stream) {
  const auto number = read_number<std::uint32_t>(stream);
  const auto extent = read_number<std::int64_t>(stream);
  if (number >= loaded_.size()) fail(ErrorKind::format, "expected a loaded graph, found none");
  Loaded& loaded = loaded_[number];
  const Signature& signature = loaded.graph->signature();
  const std::int64_t most = longest(signature);
  if (extent < std::min<std::int64_t>(most, 1) || extent > most) {
    fail(ErrorKind::format, "expected a variable axis of at most ", most, ", found ", extent);
  }
  if (extent != loaded.extent) make_tensors(loaded, extent);
  for (Tensor& input : loaded.inputs) read_patches(stream, input);
  std::vector<const Tensor*> inputs;
  std::vector<Tensor*> outputs;
  for (std::size_t i = 0; i < loaded.inputs.size(); ++i) {
    const bool is_bound = graphs_.binds_inputs && signature.inputs[i].is_resident;
    inputs.push_back(is_bound ? nullptr : &loaded.inputs[i]);
  }
  outputs.reserve(loaded.outputs.size());
  for (Tensor& output : loaded.outputs) outputs.push_back(&output);
  try {
    loaded.graph->run(inputs, outputs);
  } catch (const Error& error) {
    return refuse(stream, error);
  }
  write_number(stream, GraphAnswer::done);
  for (const Tensor& output : loaded.outputs) {
    write_number(stream, static_cast<std::uint64_t>(output.bytes()));
    stream.write({output.data(), output.bytes()});
  }
}

void serve_graphs(const Bundle& bundle, std::string_view backend, const BackendOptions& options,
                  GraphStream& stream) {
  const ModelSources sources = sources_of(bundle);
  const auto made = make_backend(backend, options);
  GraphServer server({[&](GraphKind kind) { return made->load(sources.part(kind)); },
                      [&](DType dtype, const Shape& shape) { return made->allocate(dtype, shape); },
                      made->binds_inputs()});
  for (;;) server.answer(stream);
}

}  // namespace sotto
