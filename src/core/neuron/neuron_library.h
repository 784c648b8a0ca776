#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/base/shared_library.h"

namespace sotto::neuron {

/// MediaTek's two interfaces to an NPU. A library has one of them.
enum class Interface {
  adapter,  ///< NeuronAdapter: builds, compiles, restores and runs
  runtime,  ///< NeuronRuntime: runs DLAs alone
};

/// A library that was loaded.
struct NeuronLibrary {
  SharedLibrary library;
  std::string name;  ///< as it was asked for
  Interface interface = Interface::adapter;
  bool is_simulation = false;  ///< the simulator's: no device is behind it
};

/// The names that libraries with an interface have, in the order in which they are tried.
[[nodiscard]] std::span<const char* const> usual_libraries(Interface interface);

/// Loads `given`, or where it is empty the library that $SOTTO_NEURON names, and sees which
/// interface it has; where neither names one, the first of the usual names that loads,
/// NeuronAdapter's before NeuronRuntime's. Throws unavailable with every name that was tried.
[[nodiscard]] NeuronLibrary find_library(const std::filesystem::path& given);

/// The same for who needs NeuronAdapter.
[[nodiscard]] NeuronLibrary find_adapter_library(const std::filesystem::path& given);

}  // namespace sotto::neuron
