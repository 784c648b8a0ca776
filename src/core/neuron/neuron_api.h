#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/neuron/neuron_abi.h"
#include "core/neuron/neuron_library.h"

namespace sotto::neuron {

/// A call that the library did not answer with ok.
class RefusedCall : public Error {
 public:
  RefusedCall(ErrorKind kind, const std::string& message, std::string_view function, Result result)
      : Error(kind, message), function_(function), result_(result) {}
  [[nodiscard]] const std::string& function() const { return function_; }
  [[nodiscard]] Result result() const { return result_; }

 private:
  std::string function_;
  Result result_;
};

/// The functions of a NeuronAdapter library, looked up. Optional ones are null where the library
/// has none; require() says so in a sentence before one is called.
struct Api {
  Result (*get_version)(Version*);

  Result (*model_create)(ModelHandle**);
  void (*model_free)(ModelHandle*);
  Result (*model_finish)(ModelHandle*);
  Result (*model_add_operand)(ModelHandle*, const OperandType*);
  Result (*model_set_operand_value)(ModelHandle*, std::int32_t, const void*, std::size_t);
  Result (*model_add_operation)(ModelHandle*, std::int32_t, std::uint32_t, const std::uint32_t*,
                                std::uint32_t, const std::uint32_t*);
  Result (*model_identify)(ModelHandle*, std::uint32_t, const std::uint32_t*, std::uint32_t,
                           const std::uint32_t*);
  Result (*model_restore)(ModelHandle**, CompilationHandle**, const void*, std::size_t);

  Result (*compilation_create)(ModelHandle*, CompilationHandle**);
  void (*compilation_free)(CompilationHandle*);
  Result (*compilation_finish)(CompilationHandle*);
  Result (*compilation_set_preference)(CompilationHandle*, std::int32_t);
  Result (*compilation_set_priority)(CompilationHandle*, int);

  Result (*execution_create)(CompilationHandle*, ExecutionHandle**);
  void (*execution_free)(ExecutionHandle*);
  Result (*execution_set_input)(ExecutionHandle*, std::int32_t, const OperandType*, const void*,
                                std::size_t);
  Result (*execution_set_output)(ExecutionHandle*, std::int32_t, const OperandType*, void*,
                                 std::size_t);
  Result (*execution_compute)(ExecutionHandle*);

  // Optional.
  Result (*get_l1_memory_kb)(std::uint32_t*);
  Result (*model_set_name)(ModelHandle*, const char*);
  Result (*model_relax_to_float16)(ModelHandle*, bool);
  Result (*model_extension_operand_type)(ModelHandle*, const char*, std::uint16_t, std::int32_t*);
  Result (*model_extension_operation_type)(ModelHandle*, const char*, std::uint16_t, std::int32_t*);
  Result (*compilation_create_with_options)(ModelHandle*, CompilationHandle**, const char*);
  Result (*compilation_set_optimization_string)(CompilationHandle*, const char*);
  Result (*compilation_set_l1_memory_kb)(CompilationHandle*, std::uint32_t);
  Result (*compilation_supported_operations)(CompilationHandle*, std::uint32_t, bool*);
  Result (*compilation_input_padded_size)(CompilationHandle*, std::int32_t, std::size_t*);
  Result (*compilation_output_padded_size)(CompilationHandle*, std::int32_t, std::size_t*);
  Result (*compilation_input_padded_dimensions)(CompilationHandle*, std::int32_t, std::uint32_t*);
  Result (*compilation_output_padded_dimensions)(CompilationHandle*, std::int32_t, std::uint32_t*);
  Result (*compilation_network_size)(CompilationHandle*, std::size_t*);
  Result (*compilation_store_network)(CompilationHandle*, void*, std::size_t);
  Result (*execution_set_boost)(ExecutionHandle*, std::uint8_t);
  Result (*execution_set_input_memory)(ExecutionHandle*, std::uint32_t, const OperandType*,
                                       const MemoryHandle*, std::size_t, std::size_t);
  Result (*execution_set_output_memory)(ExecutionHandle*, std::uint32_t, const OperandType*,
                                        const MemoryHandle*, std::size_t, std::size_t);
  Result (*memory_create_from_fd)(std::size_t, int, int, std::size_t, MemoryHandle**);
  void (*memory_free)(MemoryHandle*);

  std::string library;  ///< for messages
  Version version{};
  bool is_simulation = false;  ///< no device is behind it

  /// Throws RefusedCall, naming `what` (a file), the function and the library's answer in words,
  /// unless it is ok: unavailable where memory or the device is lacking, else format.
  void check(Result result, std::string_view function, std::string_view what) const;

  /// Throws unavailable where an optional function that `purpose` needs is not there.
  template <class Function>
  void require(Function function, std::string_view name, std::string_view purpose) const {
    if (function == nullptr) refuse_missing(name, purpose);
  }
  [[noreturn]] void refuse_missing(std::string_view name, std::string_view purpose) const;

  /// "8.2.26"
  [[nodiscard]] std::string version_text() const;
};

/// What an answer means, in words: "bad data (4)".
[[nodiscard]] std::string describe(Result result);

/// What the vendor calls an answer: "NEURON_UNMAPPABLE"; empty for one that is not known.
[[nodiscard]] std::string_view name_of(Result result);

/// The functions that an Api has, by their names.
[[nodiscard]] std::vector<const char*> required_functions();
[[nodiscard]] std::vector<const char*> optional_functions();

/// Looks up the functions of a library that has NeuronAdapter. Throws unavailable with the function
/// that is missing.
[[nodiscard]] Api load_api(const NeuronLibrary& library);

/// The same of find_adapter_library().
[[nodiscard]] Api load_api(const std::filesystem::path& library);

}  // namespace sotto::neuron
