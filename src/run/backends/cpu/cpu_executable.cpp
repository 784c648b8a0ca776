#include "run/backends/cpu/cpu_executable.h"

#include <algorithm>

#include "core/base/error.h"
#include "run/backends/cpu/padding.h"
#include "run/backends/signature_check.h"

namespace sotto::cpu {
namespace {

constexpr std::int64_t kLengthStep = 64;

std::int64_t longest_of(const Signature& signature) {
  for (const Signature::Port& port : signature.inputs) {
    if (port.variable_axis) return port.shape[static_cast<std::size_t>(*port.variable_axis)];
  }
  return 0;
}

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

}  // namespace

CpuExecutable::CpuExecutable(const ModelPart& part)
    : part_(part), signature_(signature_of(part_.graph(0))), longest_(longest_of(signature_)) {
  translate_errors(part_, [this] { program_for(padded(1)); });
}

std::int64_t CpuExecutable::padded(std::int64_t length) const {
  return std::min((length + kLengthStep - 1) / kLengthStep * kLengthStep, longest_);
}

Program& CpuExecutable::program_for(std::int64_t padded_length) {
  const auto known = programs_.find(padded_length);
  if (known != programs_.end()) return *known->second;
  auto program = std::make_unique<Program>(part_.graph(padded_length), weights_, onednn_);
  if (arena_.reserve(program->arena_bytes())) {
    for (auto& [length, other] : programs_) other->bind(arena_);
  }
  program->bind(arena_);
  return *programs_.emplace(padded_length, std::move(program)).first->second;
}

void CpuExecutable::run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) {
  const std::int64_t length = padded(check_extent(signature_, inputs, outputs));
  translate_errors(part_, [&] {
    Program& program = program_for(length);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      copy_padded(signature_.inputs[i], *inputs[i], length, program.input(i));
    }
    program.run();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      copy_cut(signature_.outputs[i], program.output(i), length, *outputs[i]);
    }
  });
}

}  // namespace sotto::cpu
