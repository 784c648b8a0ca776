#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace sotto::simulator {

/// Counts a call of the interface; true for the one that is to fail.
[[nodiscard]] bool count_call();
/// Bytes that a run copies between a caller's buffer and the device.
void count_copied(std::size_t bytes);
/// A run of a network, with what was copied for it and how long it took.
void count_run(const std::string& network, double seconds);

}  // namespace sotto::simulator
