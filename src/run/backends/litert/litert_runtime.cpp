#include "run/backends/litert/litert_runtime.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/base/error.h"
#include "run/backends/litert/captured_stderr.h"

namespace sotto::litert {
namespace {

constexpr int kMinLoggerSeverity = 25;  // tag of an environment's option
constexpr int kInteger = 2;             // kind of its value
constexpr int kErrorsOnly = 3;

// How the CPU's kernels (XNNPACK) are told about threads: settings as text, freed by LiteRT.
void add_threads(const Api& api, OptionsHandle* options, int threads, const std::string& file) {
  const std::string text = concat("num_threads = ", threads, "\n");
  char* payload = ::strdup(text.c_str());
  if (payload == nullptr) fail(ErrorKind::io, "no memory for LiteRT's settings");
  OpaqueOptionsHandle* cpu = nullptr;
  const Status made = api.create_opaque_options("xnnpack", payload, std::free, &cpu);
  if (made != kOk) std::free(payload);
  api.check(made, "LiteRtCreateOpaqueOptions", file);
  api.check(api.add_opaque_options(options, cpu), "LiteRtAddOpaqueOptions", file);
}

/// Calls LiteRT, and adds to a failure what it said on standard error.
template <class Call>
void with_reason(const Call& call) {
  const CapturedStderr said;
  try {
    call();
  } catch (const Error& error) {
    const std::string reason = said.first_error();
    if (reason.empty()) throw;
    fail(error.kind(), error.message(), ": ", reason);
  }
}

/// Options as long as they are needed.
class Options {
 public:
  Options(const Api& api, const std::string& file) : api_(api) {
    api.check(api.create_options(&handle_), "LiteRtCreateOptions", file);
  }
  ~Options() { api_.destroy_options(handle_); }
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  [[nodiscard]] OptionsHandle* handle() const { return handle_; }

 private:
  const Api& api_;
  OptionsHandle* handle_ = nullptr;
};

}  // namespace

Runtime::Runtime(const LitertFiles& files) : api_(load_api(files)) {
  const CapturedStderr unheard;
  EnvironmentOption quiet{};
  quiet.tag = kMinLoggerSeverity;
  quiet.value.type = kInteger;
  quiet.value.integer = kErrorsOnly;
  api_.check(api_.create_environment(1, &quiet, &environment_), "LiteRtCreateEnvironment",
             api_.library);
}

Runtime::~Runtime() { api_.destroy_environment(environment_); }

CompiledModel::CompiledModel(std::shared_ptr<const Runtime> runtime,
                             std::shared_ptr<const MappedFile> file, int threads)
    : runtime_(std::move(runtime)), bytes_(std::move(file)), file_(bytes_->path().string()) {
  try {
    with_reason([&] {
      const Api& api = runtime_->api();
      api.check(api.create_model_from_buffer(runtime_->environment(), bytes_->bytes().data(),
                                             bytes_->bytes().size(), &model_),
                "LiteRtCreateModelFromBuffer", file_);
      compile(threads);
    });
  } catch (const Error&) {
    release();
    throw;
  }
}

CompiledModel::~CompiledModel() { release(); }

void CompiledModel::release() {
  if (compiled_ != nullptr) runtime_->api().destroy_compiled_model(compiled_);
  if (model_ != nullptr) runtime_->api().destroy_model(model_);
}

void CompiledModel::compile(int threads) {
  const Api& api = runtime_->api();
  const Options options(api, file_);
  api.check(api.set_accelerators(options.handle(), kCpu), "LiteRtSetOptionsHardwareAccelerators",
            file_);
  add_threads(api, options.handle(), threads, file_);
  api.check(
      api.create_compiled_model(runtime_->environment(), model_, options.handle(), &compiled_),
      "LiteRtCreateCompiledModel", file_);
}

FilePorts CompiledModel::read_ports(std::size_t number) const {
  const Api& api = runtime_->api();
  SignatureHandle* signature = nullptr;
  api.check(api.get_signature(model_, number, &signature), "LiteRtGetModelSignature", file_);
  const auto read = [&](auto count, auto name, auto tensor, std::vector<FilePort>& ports) {
    std::size_t number_of_ports = 0;
    api.check(count(signature, &number_of_ports), "LiteRtGetNumSignature…", file_);
    for (std::size_t i = 0; i < number_of_ports; ++i) {
      const char* text = nullptr;
      TensorHandle* handle = nullptr;
      FilePort port{};
      api.check(name(signature, i, &text), "LiteRtGetSignature…Name", file_);
      api.check(tensor(signature, i, &handle), "LiteRtGetSignature…TensorByIndex", file_);
      api.check(api.tensor_type(handle, &port.type), "LiteRtGetRankedTensorType", file_);
      if (text == nullptr)
        fail(ErrorKind::format, file_, ": expected a name of each port, found none");
      port.name = text;
      ports.push_back(std::move(port));
    }
  };
  FilePorts ports;
  read(api.count_inputs, api.input_name, api.input_tensor, ports.inputs);
  read(api.count_outputs, api.output_name, api.output_tensor, ports.outputs);
  return ports;
}

// LiteRT would do this in the first run, and only then say which operator it does not know.
FilePorts CompiledModel::prepare(std::size_t signature) const {
  FilePorts ports;
  with_reason([&] {
    const Api& api = runtime_->api();
    ports = read_ports(signature);
    std::vector<Layout> layouts(ports.outputs.size());
    api.check(api.output_layouts(compiled_, signature, layouts.size(), layouts.data(), true),
              "LiteRtGetCompiledModelOutputTensorLayouts", file_);
  });
  return ports;
}

void CompiledModel::run(std::size_t signature, std::vector<BufferHandle*>& inputs,
                        std::vector<BufferHandle*>& outputs) const {
  const Api& api = runtime_->api();
  const std::lock_guard lock(running_);
  api.check(
      api.run(compiled_, signature, inputs.size(), inputs.data(), outputs.size(), outputs.data()),
      "LiteRtRunCompiledModel", file_);
}

Buffer::Buffer(std::shared_ptr<const Runtime> runtime, const TensorType& type, void* memory,
               std::size_t bytes)
    : runtime_(std::move(runtime)) {
  const Api& api = runtime_->api();
  api.check(api.create_buffer(&type, memory, bytes, nullptr, &handle_),
            "LiteRtCreateTensorBufferFromHostMemory", api.library);
}

Buffer::~Buffer() {
  if (handle_ != nullptr) runtime_->api().destroy_buffer(handle_);
}

Buffer::Buffer(Buffer&& other) noexcept
    : runtime_(std::move(other.runtime_)), handle_(std::exchange(other.handle_, nullptr)) {}

}  // namespace sotto::litert
