#include "run/backends/cpu/cpu_executable.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/base/error.h"
#include "run/backends/cpu/passes/passes.h"
#include "run/backends/padding.h"
#include "run/backends/signature_check.h"

namespace sotto::cpu {
namespace {

constexpr std::int64_t kLengthStep = 64;

/// What is kept of windows lies in a form of the kernels', of which others see bytes by fours.
void describe_windows(const Graph& graph, const Numerics& numerics, Signature& signature) {
  const auto describe = [&](ValueId cache, std::int64_t heads) {
    const auto& inputs = graph.inputs();
    const auto place = std::find(inputs.begin(), inputs.end(), cache) - inputs.begin();
    Signature::Port& port = signature.inputs[static_cast<std::size_t>(place)];
    const Shape& shape = graph.shape(cache);
    const std::size_t bytes = window_bytes(window_form(numerics, shape, heads));
    port.dtype = DType::int32;
    port.shape = {shape[0], static_cast<std::int64_t>(bytes / sizeof(std::int32_t))};
  };
  for (const Node& node : graph.nodes()) {
    if (const auto* keep = std::get_if<op::KeepRows>(&node.op)) describe(keep->cache, keep->heads);
    if (const auto* attention = std::get_if<op::WindowAttention>(&node.op)) {
      describe(attention->keys, attention->heads);
      describe(attention->values, attention->heads);
    }
  }
}

}  // namespace

CpuExecutable::CpuExecutable(const ModelPart& part, std::shared_ptr<CpuResources> resources)
    : CpuExecutable(part, std::move(resources), part.graph(0)) {}

CpuExecutable::CpuExecutable(const ModelPart& part, std::shared_ptr<CpuResources> resources,
                             const Graph& longest)
    : part_(part),
      signature_(signature_of(longest)),
      resources_(std::move(resources)),
      longest_(longest_extent(signature_)),
      numerics_(resources_->numerics(part_, signature_)),
      inputs_(signature_.inputs.size()),
      bound_(signature_.inputs.size()) {
  describe_windows(longest, numerics_, signature_);
  static_cast<void>(program_for(padded(1)));
}

std::int64_t CpuExecutable::padded(std::int64_t length) const {
  const auto& frequent = part_.frequent_lengths;
  const auto next = std::lower_bound(frequent.begin(), frequent.end(), length);
  if (next != frequent.end()) return std::min(*next, longest_);
  return std::min((length + kLengthStep - 1) / kLengthStep * kLengthStep, longest_);
}

// State is never copied, so it counts as bound before anything is.
std::vector<const BoundInput*> CpuExecutable::bound_inputs() const {
  std::vector<const BoundInput*> bound(inputs_.size());
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (bound_[i] || signature_.inputs[i].is_state) bound[i] = &inputs_[i];
  }
  return bound;
}

void CpuExecutable::bind_input(std::size_t index, Tensor& tensor) {
  if (index >= inputs_.size()) {
    fail(ErrorKind::mismatch, "the ", part_.name, " has ", inputs_.size(), " inputs, input ", index,
         " was to be bound");
  }
  check_binding(signature_.inputs[index], tensor);
  // Programs that copy this input in know nothing of a bound tensor.
  if (!bound_[index] && !signature_.inputs[index].is_state) programs_.clear();
  bound_[index] = true;
  inputs_[index] = {tensor.data(), tensor.bytes()};
  moved_ = true;
}

void CpuExecutable::check_state() const {
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const Signature::Port& port = signature_.inputs[i];
    if (!port.is_state || bound_[i]) continue;
    fail(ErrorKind::mismatch, "input ", port.name, " is state, and no tensor is bound to it");
  }
}

void CpuExecutable::bind_programs() {
  for (auto& [length, program] : programs_) program->bind(arena_);
}

std::unique_ptr<Program> CpuExecutable::make_program(std::int64_t padded_length) const {
  const Graph graph = part_.graph(padded_length);
  std::size_t operations = graph.nodes().size();
  const auto tell = [&](std::string_view stage, std::size_t after, double seconds) {
    if (resources_->observer) {
      resources_->observer->on_preparation({part_.name, stage, operations, after, seconds});
    }
    operations = after;
  };
  const Graph fused = fuse(graph, [&](std::string_view pass, const Graph& result, double seconds) {
    tell(pass, result.nodes().size(), seconds);
  });
  const auto begin = std::chrono::steady_clock::now();
  auto program = std::make_unique<Program>(fused, *resources_->weights, numerics_, bound_inputs());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  tell("prepare", program->steps().size(), took.count());
  return program;
}

Program& CpuExecutable::program_for(std::int64_t padded_length) {
  const auto known = programs_.find(padded_length);
  if (known != programs_.end()) return *known->second;
  auto program = make_program(padded_length);
  weight_bytes_ = static_cast<std::int64_t>(program->weight_bytes());
  if (arena_.reserve(program->arena_bytes())) bind_programs();
  program->bind(arena_);
  return *programs_.emplace(padded_length, std::move(program)).first->second;
}

void CpuExecutable::run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) {
  const std::int64_t length = padded(check_extent(signature_, inputs, outputs, bound_));
  check_state();
  if (std::exchange(moved_, false)) bind_programs();
  Program& program = program_for(length);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (bound_[i]) continue;
    copy_padded(signature_.inputs[i], *inputs[i], length, program.input(i));
  }
  program.run(*resources_->pool, {part_.name, resources_->observer.get()});
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    copy_cut(signature_.outputs[i], program.output(i), length, *outputs[i]);
  }
}

}  // namespace sotto::cpu
