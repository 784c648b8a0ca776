#include "run/backends/cpu/cpu_executable.h"

#include <algorithm>
#include <omp.h>
#include <utility>

#include "core/base/error.h"
#include "run/backends/padding.h"
#include "run/backends/signature_check.h"

namespace sotto::cpu {
namespace {

constexpr std::int64_t kLengthStep = 64;

/// Calls `work`; what oneDNN throws becomes an Error that names the part.
template <class Work>
void translate_errors(const ModelPart& part, const Work& work) {
  try {
    work();
  } catch (const dnnl::error& error) {
    const ErrorKind kind =
        error.status == dnnl_unimplemented ? ErrorKind::unsupported : ErrorKind::internal;
    fail(kind, "the cpu back end cannot run the ", part.name, ": oneDNN says \"", error.what(),
         "\"");
  }
}

/// They are packed as float32, each once.
std::int64_t bytes_of_weights(const Graph& graph) {
  std::int64_t bytes = 0;
  for (const Value& value : graph.values()) {
    if (value.constant) bytes += num_elements(value.shape) * std::int64_t{sizeof(float)};
  }
  return bytes;
}

}  // namespace

CpuExecutable::CpuExecutable(const ModelPart& part, int threads,
                             std::shared_ptr<StepObserver> observer)
    : part_(part),
      signature_(signature_of(part_.graph(0))),
      threads_(threads),
      observer_(std::move(observer)),
      weight_bytes_(bytes_of_weights(part_.graph(0))),
      longest_(longest_extent(signature_)),
      inputs_(signature_.inputs.size()),
      bound_(signature_.inputs.size()) {
  omp_set_num_threads(threads_);
  translate_errors(part_, [this] { program_for(padded(1)); });
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
  inputs_[index] = {reinterpret_cast<float*>(tensor.data()), tensor.size()};
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

Program& CpuExecutable::program_for(std::int64_t padded_length) {
  const auto known = programs_.find(padded_length);
  if (known != programs_.end()) return *known->second;
  auto program =
      std::make_unique<Program>(part_.graph(padded_length), weights_, onednn_, bound_inputs());
  if (arena_.reserve(program->arena_bytes())) bind_programs();
  program->bind(arena_);
  return *programs_.emplace(padded_length, std::move(program)).first->second;
}

void CpuExecutable::run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) {
  const std::int64_t length = padded(check_extent(signature_, inputs, outputs, bound_));
  check_state();
  if (std::exchange(moved_, false)) bind_programs();
  omp_set_num_threads(threads_);  // OpenMP has one number a thread, which others may have set
  translate_errors(part_, [&] {
    Program& program = program_for(length);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (bound_[i]) continue;
      copy_padded(signature_.inputs[i], *inputs[i], length, program.input(i));
    }
    program.run({part_.name, observer_.get()});
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      copy_cut(signature_.outputs[i], program.output(i), length, *outputs[i]);
    }
  });
}

}  // namespace sotto::cpu
