#pragma once

#include <string>

#include "core/neuron/neuron_api.h"

namespace sotto {

/// What became of a small network in memory that is shared with the device.
struct SharedRun {
  neuron::Result answer = neuron::kOk;  ///< of the call that failed, or ok
  std::string message;                  ///< of a failure
  bool was_shared = false;  ///< false: the library takes no such memory, and copied the host's
};

/// Builds x + y, compiles it and runs it on numbers of which the sums are known.
[[nodiscard]] SharedRun run_in_shared_memory(const neuron::Api& api);

}  // namespace sotto
