#pragma once

#include "core/base/shared_library.h"
#include "run/doctor/report.h"

namespace sotto {

// Calls of the vendor's libraries that nothing else of Sotto's makes. Each is passed over where the
// library does not have it.

/// The names of the devices behind a NeuronAdapter.
void ask_devices(const SharedLibrary& library, LibraryFacts& facts);

/// Whether it is Sotto's simulator.
[[nodiscard]] bool is_simulation(const SharedLibrary& library);

/// The version of a NeuronRuntime, and what it answers to being made for this hardware: a library
/// of the host's SDK answers with an error (4) on a device.
void ask_runtime(const SharedLibrary& library, LibraryFacts& facts);

/// The number that LiteRT asks NeuroPilot's service for when it starts.
void ask_service(const SharedLibrary& library, LibraryFacts& facts);

}  // namespace sotto
