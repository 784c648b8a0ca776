#include "run/backends/litert/litert_api.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/error.h"
#include "core/base/shared_library.h"

namespace sotto::litert {
namespace {

constexpr std::uint8_t kRankMask = 0x7F;

struct StatusName {
  Status status;
  std::string_view name;
};

// What LiteRT's answers mean, by its own numbers.
constexpr auto kStatusNames = std::to_array<StatusName>({
    {1, "invalid argument"},
    {2, "out of memory"},
    {3, "runtime failure"},
    {4, "missing input tensor"},
    {5, "unsupported"},
    {6, "not found"},
    {7, "timeout"},
    {8, "wrong version"},
    {9, "unknown"},
    {10, "already exists"},
    {100, "cancelled"},
    {500, "file could not be read"},
    {501, "invalid flatbuffer"},
    {502, "dynamic loading"},
    {503, "serialization"},
    {504, "compilation"},
    {1000, "index out of bounds"},
    {1001, "invalid type"},
    {1002, "invalid graph"},
    {2000, "no legalization"},
    {2001, "invalid legalization"},
    {4000, "unsupported runtime version"},
    {4001, "unsupported compiler version"},
    {4002, "incompatible bytecode"},
});

std::string_view name_of(Status status) {
  const auto found = std::find_if(kStatusNames.begin(), kStatusNames.end(),
                                  [&](const StatusName& entry) { return entry.status == status; });
  return found == kStatusNames.end() ? "an unknown status" : found->name;
}

/// Fills in one function after another.
class Lookup {
 public:
  Lookup(const SharedLibrary& library, const LitertFiles& files)
      : library_(library), files_(files) {}

  template <class Function>
  void operator()(Function*& pointer, const char* name) const {
    try {
      pointer = library_.function<Function>(name);
    } catch (const Error&) {
      fail(ErrorKind::unavailable, files_.library.string(),
           ": expected LiteRT of version 2, which "
           "has ",
           name, "(), found ",
           files_.version.empty() ? "a library without it" : "version " + files_.version,
           ": install ai-edge-litert 2.3 or later");
    }
  }

 private:
  const SharedLibrary& library_;
  const LitertFiles& files_;
};

}  // namespace

Api load_api(const LitertFiles& files) {
  const SharedLibrary library(files.library.string());
  const Lookup look_up(library, files);
  Api api{};
  api.library = files.library.string();
  look_up(api.create_environment, "LiteRtCreateEnvironment");
  look_up(api.destroy_environment, "LiteRtDestroyEnvironment");
  look_up(api.create_model_from_buffer, "LiteRtCreateModelFromBuffer");
  look_up(api.destroy_model, "LiteRtDestroyModel");
  look_up(api.create_options, "LiteRtCreateOptions");
  look_up(api.destroy_options, "LiteRtDestroyOptions");
  look_up(api.set_accelerators, "LiteRtSetOptionsHardwareAccelerators");
  look_up(api.create_opaque_options, "LiteRtCreateOpaqueOptions");
  look_up(api.add_opaque_options, "LiteRtAddOpaqueOptions");
  look_up(api.create_compiled_model, "LiteRtCreateCompiledModel");
  look_up(api.destroy_compiled_model, "LiteRtDestroyCompiledModel");
  look_up(api.output_layouts, "LiteRtGetCompiledModelOutputTensorLayouts");
  look_up(api.get_signature, "LiteRtGetModelSignature");
  look_up(api.count_inputs, "LiteRtGetNumSignatureInputs");
  look_up(api.count_outputs, "LiteRtGetNumSignatureOutputs");
  look_up(api.input_name, "LiteRtGetSignatureInputName");
  look_up(api.output_name, "LiteRtGetSignatureOutputName");
  look_up(api.input_tensor, "LiteRtGetSignatureInputTensorByIndex");
  look_up(api.output_tensor, "LiteRtGetSignatureOutputTensorByIndex");
  look_up(api.tensor_type, "LiteRtGetRankedTensorType");
  look_up(api.create_buffer, "LiteRtCreateTensorBufferFromHostMemory");
  look_up(api.destroy_buffer, "LiteRtDestroyTensorBuffer");
  look_up(api.run, "LiteRtRunCompiledModel");
  return api;
}

void Api::check(Status status, const char* function, const std::string& what) const {
  if (status == kOk) return;
  fail(ErrorKind::format, what, ": LiteRT's ", function, "() answered ", name_of(status), " (",
       status, ")");
}

Shape shape_of(const Layout& layout) {
  const int rank = layout.rank_and_flags & kRankMask;
  return {layout.dimensions, layout.dimensions + std::min(rank, 8)};
}

}  // namespace sotto::litert
