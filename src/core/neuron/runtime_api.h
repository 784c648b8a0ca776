#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/neuron/neuron_abi.h"
#include "core/neuron/neuron_library.h"
#include "core/neuron/runtime_abi.h"

namespace sotto::neuron {

/// The functions of a NeuronRuntime library, looked up. Optional ones are null where the library
/// has none.
struct RuntimeApi {
  runtime::Result (*create)(const char*, const runtime::Environment*, void**);
  runtime::Result (*load_from_buffer)(void*, const void*, std::size_t);
  runtime::Result (*input_size)(void*, std::uint64_t, std::size_t*);
  runtime::Result (*output_size)(void*, std::uint64_t, std::size_t*);
  runtime::Result (*set_input)(void*, std::uint64_t, const void*, std::size_t,
                               runtime::BufferAttribute);
  runtime::Result (*set_output)(void*, std::uint64_t, void*, std::size_t, runtime::BufferAttribute);
  runtime::Result (*inference)(void*);
  void (*release)(void*);

  // Optional.
  runtime::Result (*get_version)(Version*);
  runtime::Result (*input_count)(void*, std::size_t*);
  runtime::Result (*output_count)(void*, std::size_t*);
  runtime::Result (*set_quality_of_service)(void*, const runtime::QualityOfService*);

  std::string library;         ///< for messages
  Version version{};           ///< zeros where the library does not say
  bool is_simulation = false;  ///< no device is behind it

  /// Throws, naming `what` (a file), the function and the library's answer in words, unless it is
  /// ok: unavailable where memory or the device is lacking, else format.
  void check(runtime::Result result, std::string_view function, std::string_view what) const;

  /// "libneuron_runtime.8.so 8.2.26", or without a version where the library does not say one.
  [[nodiscard]] std::string title() const;
};

/// What an answer of NeuronRuntime's means, in words: "bad data (4)". Its numbers are not
/// NeuronAdapter's.
[[nodiscard]] std::string describe_runtime(runtime::Result result);

/// The functions that a RuntimeApi has, by their names.
[[nodiscard]] std::vector<const char*> required_runtime_functions();
[[nodiscard]] std::vector<const char*> optional_runtime_functions();

/// Looks up the functions of a library that has NeuronRuntime. Throws unavailable with the function
/// that is missing.
[[nodiscard]] RuntimeApi load_runtime_api(const NeuronLibrary& library);

}  // namespace sotto::neuron
