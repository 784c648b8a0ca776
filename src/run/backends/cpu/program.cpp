#include "run/backends/cpu/program.h"

#include <algorithm>
#include <chrono>

#include "core/base/error.h"
#include "run/backends/cpu/prepare/prepare.h"

namespace sotto::cpu {

Program::Program(const Graph& graph, PackedWeights& weights, const OneDnn& onednn)
    : Program(graph, weights, onednn,
              std::vector<const BoundInput*>(graph.inputs().size(), nullptr)) {}

Program::Program(const Graph& graph, PackedWeights& weights, const OneDnn& onednn,
                 std::span<const BoundInput* const> bound)
    : onednn_(onednn) {
  Preparation preparation(graph, weights, onednn, bound);
  for (const ValueId id : graph.inputs()) inputs_.push_back(preparation.read(id).storage);
  for (const Unit& unit : fuse(graph)) {
    prepare(unit, preparation);
    const ValueId output = output_of(unit);
    label_steps(preparation.step_count(), {graph.value(output).name, kind_of(unit)});
  }
  for (const ValueId id : graph.outputs()) {
    outputs_.push_back(preparation.read_dense(id, graph.shape(id)).storage);
  }
  label_steps(preparation.step_count(), {"outputs", "copy"});
  steps_ = preparation.take_steps();
  plan(preparation.buffers().bytes());
}

// A buffer lives from the first step that touches it to the last; inputs live from the start, and
// outputs to the end.
void Program::plan(const std::vector<std::size_t>& buffer_bytes) {
  const std::size_t end = steps_.size();
  std::vector<Lifetime> lifetimes;
  lifetimes.reserve(buffer_bytes.size());
  for (const std::size_t bytes : buffer_bytes) lifetimes.push_back({bytes, end, 0});
  const auto touch = [&](const Storage& storage, std::size_t step) {
    const auto* buffer = std::get_if<BufferId>(&storage);
    if (buffer == nullptr) return;
    Lifetime& lifetime = lifetimes[buffer->index];
    lifetime.first = std::min(lifetime.first, step);
    lifetime.last = std::max(lifetime.last, step);
  };
  for (const Storage& input : inputs_) touch(input, 0);
  for (std::size_t step = 0; step < end; ++step) {
    for (const Storage& storage : steps_[step]->touched()) touch(storage, step);
  }
  for (const Storage& output : outputs_) touch(output, end);
  plan_ = plan_arena(lifetimes);
}

void Program::bind(const Arena& arena) {
  if (arena.bytes() < plan_.bytes) fail(ErrorKind::internal, "a program's arena is too small");
  const auto address_of = [&](const Storage& storage) {
    if (const auto* constant = std::get_if<const float*>(&storage)) {
      return const_cast<float*>(*constant);  // oneDNN's memory objects know no const
    }
    if (const auto* bound = std::get_if<const BoundInput*>(&storage)) return (*bound)->data;
    const std::size_t offset = plan_.offsets[std::get<BufferId>(storage).index];
    return reinterpret_cast<float*>(arena.data() + offset);
  };
  for (const auto& step : steps_) step->bind(address_of);
  input_addresses_.clear();
  output_addresses_.clear();
  for (const Storage& input : inputs_) input_addresses_.push_back(address_of(input));
  for (const Storage& output : outputs_) output_addresses_.push_back(address_of(output));
}

void Program::label_steps(std::size_t count, const Label& label) { labels_.resize(count, label); }

void Program::run_watched(const Watch& watch) {
  const auto now = [] {
    const auto time = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
  };
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const std::int64_t begin = now();
    steps_[i]->run();
    const std::int64_t end = now();
    watch.observer->on_step(
        {watch.part, labels_[i].name, labels_[i].kind, steps_[i]->implementation(), begin, end});
  }
}

void Program::run(const Watch& watch) {
  if (watch.observer != nullptr && watch.observer->is_watching()) {
    run_watched(watch);
  } else {
    for (const auto& step : steps_) step->run();
  }
  dnnl::error::wrap_c_api(dnnl_stream_wait(onednn_.stream.get()),
                          "the stream could not be awaited");
}

}  // namespace sotto::cpu
