#include "run/backends/torchscript/torch_module.h"

#include <ATen/Parallel.h>
#include <algorithm>
#include <caffe2/serialize/read_adapter_interface.h>
#include <cstdint>
#include <cstring>
#include <string>
#include <torch/script.h>
#include <utility>
#include <vector>

#include "core/base/error.h"

namespace sotto {

struct TorchModule::State {
  torch::jit::Module module;
};

namespace {

/// The line that says what happened. The interpreter's messages begin with where it happened and
/// end with what; all others begin with what, and go on with where in libtorch.
std::string telling_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const bool is_traceback = text.find("Traceback of TorchScript") != std::string::npos;
  return is_traceback ? text.substr(text.rfind('\n') + 1) : text.substr(0, text.find('\n'));
}

std::string message_of(const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  return telling_line(torch_error != nullptr ? torch_error->what_without_backtrace()
                                             : error.what());
}

/// A mapped file as libtorch reads it.
class MappedReader : public caffe2::serialize::ReadAdapterInterface {
 public:
  explicit MappedReader(std::shared_ptr<const MappedFile> file) : file_(std::move(file)) {}

  [[nodiscard]] std::size_t size() const override { return file_->bytes().size(); }

  std::size_t read(std::uint64_t position, void* buffer, std::size_t count,
                   const char* /*what*/) const override {
    if (position >= size()) return 0;
    const std::size_t given = std::min<std::uint64_t>(count, size() - position);
    std::memcpy(buffer, file_->bytes().data() + position, given);
    return given;
  }

 private:
  std::shared_ptr<const MappedFile> file_;
};

torch::Tensor borrow(const Tensor& tensor) {
  // from_blob() knows no const; forward() is pure.
  auto* data = const_cast<std::byte*>(tensor.data());
  return torch::from_blob(data, tensor.shape(), torch::kFloat32);
}

std::vector<torch::Tensor> tensors_of(const c10::IValue& result) {
  if (result.isTensor()) return {result.toTensor()};
  std::vector<torch::Tensor> tensors;
  if (!result.isTuple()) return tensors;
  for (const c10::IValue& element : result.toTupleRef().elements()) {
    if (element.isTensor()) tensors.push_back(element.toTensor());
  }
  return tensors;
}

void copy_result(const std::filesystem::path& path, const torch::Tensor& result, Tensor& output) {
  const Shape shape = result.sizes().vec();
  if (result.scalar_type() != torch::kFloat32 || shape != output.shape()) {
    fail(ErrorKind::mismatch, path.string(), ": expected forward() to return float32 ",
         to_string(output.shape()), ", found ", c10::toString(result.scalar_type()), " ",
         to_string(shape));
  }
  const torch::Tensor dense = result.contiguous();
  std::memcpy(output.data(), dense.data_ptr<float>(), output.bytes());
}

}  // namespace

TorchModule::TorchModule(const std::shared_ptr<const MappedFile>& file, int threads)
    : path_(file->path()), threads_(threads), state_(std::make_unique<State>()) {
  try {
    state_->module = torch::jit::load(std::make_shared<MappedReader>(file), torch::kCPU);
    state_->module.eval();
  } catch (const std::exception& error) {
    fail(ErrorKind::format, path_.string(),
         ": expected a TorchScript file that libtorch loads, found: ", message_of(error));
  }
}

TorchModule::~TorchModule() = default;

void TorchModule::check_inputs(std::size_t count) const {
  const auto method = state_->module.find_method("forward");
  if (!method) fail(ErrorKind::mismatch, path_.string(), ": expected a forward(), found none");
  const auto& arguments = method->function().getSchema().arguments();
  const auto tensors = std::count_if(arguments.begin(), arguments.end(), [](const auto& argument) {
    return argument.type()->kind() == c10::TypeKind::TensorType;
  });
  if (arguments.size() != count + 1 || tensors != static_cast<std::ptrdiff_t>(count)) {
    fail(ErrorKind::mismatch, path_.string(), ": expected forward() to take ", count,
         " tensors, found ", arguments.size() - 1, " arguments of which ", tensors, " are tensors");
  }
}

void TorchModule::run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) {
  // By itself libtorch takes what its own count of processors says, one on some machines. The
  // number is the calling thread's own, as OpenMP has it.
  at::set_num_threads(threads_);
  const c10::InferenceMode guard;
  std::vector<c10::IValue> arguments;
  for (const Tensor* input : inputs) arguments.emplace_back(borrow(*input));
  std::vector<torch::Tensor> results;
  try {
    results = tensors_of(state_->module.forward(std::move(arguments)));
  } catch (const std::exception& error) {
    fail(ErrorKind::format, path_.string(), ": its forward() failed: ", message_of(error));
  }
  if (results.size() != outputs.size()) {
    fail(ErrorKind::mismatch, path_.string(), ": expected forward() to return ", outputs.size(),
         " tensors, found ", results.size());
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) copy_result(path_, results[i], *outputs[i]);
}

}  // namespace sotto
