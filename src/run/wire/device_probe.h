#pragma once

#include <string>
#include <vector>

#include "run/wire/wire.h"

namespace sotto {

/// One thing that a device's shell tells of it.
struct ProbeRow {
  std::string what;   ///< "processor", "soc", "library", "npu"
  std::string found;  ///< as the device says it; empty where it has none
};

/// What plain commands find out of a device that has no program of Sotto's yet: processor, system,
/// SoC, the vendor's libraries, whether the NPU and the memory that it shares can be opened,
/// memory, room, tools. Throws what the wire throws.
[[nodiscard]] std::vector<ProbeRow> probe_device(Wire& wire);

}  // namespace sotto
