#include "run/backends/cpu/program.h"

#include <algorithm>
#include <chrono>

#include "core/base/error.h"
#include "run/backends/cpu/prepare/prepare.h"

namespace sotto::cpu {

Program::Program(const Graph& graph, PackedWeights& weights, const Numerics& numerics)
    : Program(graph, weights, numerics,
              std::vector<const BoundInput*>(graph.inputs().size(), nullptr)) {}

Program::Program(const Graph& fused, PackedWeights& weights, const Numerics& numerics,
                 std::span<const BoundInput* const> bound) {
  Preparation preparation(fused, weights, numerics, bound);
  for (const ValueId id : fused.inputs()) inputs_.push_back(preparation.read(id).storage);
  for (const Node& node : fused.nodes()) prepare(node, preparation);
  for (const ValueId id : fused.outputs()) {
    preparation.begin(id);
    outputs_.push_back(preparation.read_dense(id, fused.shape(id)).storage);
  }
  const std::vector<std::size_t> buffer_bytes = preparation.buffers().bytes();
  weight_bytes_ = preparation.weight_bytes();
  steps_ = preparation.take_steps();
  plan(buffer_bytes);
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
    for (const Storage& storage : steps_[step]->operands()) touch(storage, step);
  }
  for (const Storage& output : outputs_) touch(output, end);
  plan_ = plan_arena(lifetimes);
}

void Program::bind(const Arena& arena) {
  if (arena.bytes() < plan_.bytes) fail(ErrorKind::internal, "a program's arena is too small");
  const auto address_of = [&](const Storage& storage) -> std::byte* {
    return std::visit(
        Overloaded{[](std::monostate) -> std::byte* { return nullptr; },
                   [&](BufferId buffer) { return arena.data() + plan_.offsets[buffer.index]; },
                   // What reads constants and what writes have one kind of pointer.
                   [](const std::byte* constant) { return const_cast<std::byte*>(constant); },
                   [](const BoundInput* input) { return input->data; }},
        storage);
  };
  for (const auto& step : steps_) step->bind(address_of);
  input_addresses_.clear();
  output_addresses_.clear();
  for (const Storage& input : inputs_) input_addresses_.push_back(address_of(input));
  for (const Storage& output : outputs_) output_addresses_.push_back(address_of(output));
}

void Program::run_watched(ThreadPool& threads, const Watch& watch) {
  const auto now = [] {
    const auto time = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
  };
  for (const auto& step : steps_) {
    const std::int64_t begin = now();
    step->run(threads);
    const std::int64_t end = now();
    watch.observer->on_step(
        {watch.part, step->name(), step->kind(), step->implementation(), begin, end});
  }
}

void Program::run(ThreadPool& threads, const Watch& watch) {
  const FlushDenormals flush;
  if (watch.observer != nullptr && watch.observer->is_watching()) {
    run_watched(threads, watch);
  } else {
    for (const auto& step : steps_) step->run(threads);
  }
}

}  // namespace sotto::cpu
