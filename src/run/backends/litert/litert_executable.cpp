#include "run/backends/litert/litert_executable.h"

#include <algorithm>

#include "core/base/error.h"
#include "run/backends/padding.h"
#include "run/backends/signature_check.h"

namespace sotto::litert {
namespace {

// Caches take turns: of a beam's rows, of windows. More than these are forgotten and made again.
constexpr std::size_t kMostBuffers = 64;

}  // namespace

LitertExecutable::LitertExecutable(std::shared_ptr<const Runtime> runtime,
                                   std::shared_ptr<const CompiledModel> model,
                                   std::size_t signature, const ModelPart& part)
    : runtime_(std::move(runtime)),
      file_(model->file()->path().string()),
      signature_(part.signature),
      model_(std::move(model)),
      place_(signature),
      input_handles_(signature_.inputs.size()),
      output_handles_(signature_.outputs.size()),
      bound_(signature_.inputs.size()) {
  const auto [inputs, outputs] = model_->prepare(place_);
  if (inputs.size() != signature_.inputs.size() || outputs.size() != signature_.outputs.size()) {
    fail(ErrorKind::mismatch, file_, ": expected ", signature_.inputs.size(), " inputs and ",
         signature_.outputs.size(), " outputs, found ", inputs.size(), " and ", outputs.size());
  }
  for (const auto& port : signature_.inputs) inputs_.push_back(match(port, inputs));
  for (const auto& port : signature_.outputs) outputs_.push_back(match(port, outputs));
}

// What was checked before is asked again of LiteRT: where memory is to lie, its word counts.
LitertExecutable::Port LitertExecutable::match(const Signature::Port& port,
                                               const std::vector<FilePort>& found) const {
  const auto same = std::find_if(found.begin(), found.end(),
                                 [&](const FilePort& other) { return other.name == port.name; });
  if (same == found.end()) {
    fail(ErrorKind::mismatch, file_, ": expected a port named ", port.name, ", found none");
  }
  const Shape shape = shape_of(same->type.layout);
  if (shape != port.shape || same->type.element_type != kFloat32) {
    fail(ErrorKind::mismatch, file_, ": expected ", port.name, " to be float32 of ",
         to_string(port.shape), ", found ",
         same->type.element_type == kFloat32 ? "float32" : "another type", " of ",
         to_string(shape));
  }
  Port matched;
  matched.place = static_cast<std::size_t>(same - found.begin());
  matched.type = same->type;
  return matched;
}

BufferHandle* LitertExecutable::buffer(Port& port, Tensor& tensor) const {
  const auto known = port.buffers.find(tensor.data());
  if (known != port.buffers.end()) return known->second.handle();
  Buffer made(runtime_, port.type, tensor.data(), tensor.bytes());
  if (port.buffers.size() >= kMostBuffers) port.buffers.clear();
  return port.buffers.emplace(tensor.data(), std::move(made)).first->second.handle();
}

void LitertExecutable::use(Port& port, Tensor& tensor, std::vector<BufferHandle*>& handles) const {
  handles[port.place] = buffer(port, tensor);
}

void LitertExecutable::use_memory(Port& port, const Signature::Port& described,
                                  std::vector<BufferHandle*>& handles) const {
  if (port.memory.shape() != described.shape) port.memory = Tensor(DType::float32, described.shape);
  use(port, port.memory, handles);
}

void LitertExecutable::bind_input(std::size_t index, Tensor& tensor) {
  if (index >= inputs_.size()) {
    fail(ErrorKind::mismatch, file_, " has ", inputs_.size(), " inputs, input ", index,
         " was to be bound");
  }
  check_binding(signature_.inputs[index], tensor);
  use(inputs_[index], tensor, input_handles_);
  bound_[index] = true;
}

void LitertExecutable::run(std::span<const Tensor* const> inputs,
                           std::span<Tensor* const> outputs) {
  (void)check_extent(signature_, inputs, outputs, bound_);
  const std::int64_t length = longest_extent(signature_);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (bound_[i]) continue;
    const Signature::Port& described = signature_.inputs[i];
    if (inputs[i]->shape() == described.shape) {
      // A buffer knows no const; inputs are only read.
      use(inputs_[i], const_cast<Tensor&>(*inputs[i]), input_handles_);
    } else {
      use_memory(inputs_[i], described, input_handles_);
      copy_padded(described, *inputs[i], length, inputs_[i].memory.data());
    }
  }
  const auto is_whole = [&](std::size_t i) {
    return outputs[i]->shape() == signature_.outputs[i].shape;
  };
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (is_whole(i)) {
      use(outputs_[i], *outputs[i], output_handles_);
    } else {
      use_memory(outputs_[i], signature_.outputs[i], output_handles_);
    }
  }
  model_->run(place_, input_handles_, output_handles_);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (is_whole(i)) continue;
    copy_cut(signature_.outputs[i], outputs_[i].memory.data(), length, *outputs[i]);
  }
}

}  // namespace sotto::litert
