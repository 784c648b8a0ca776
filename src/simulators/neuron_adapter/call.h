#pragma once

#include <functional>

#include "core/neuron/neuron_abi.h"

namespace sotto::simulator {

/// Runs the body of a function of the interface: counts the call, and makes an answer of what it
/// throws. What was wrong is said on standard error.
[[nodiscard]] neuron::Result answer(const char* function,
                                    const std::function<void()>& body) noexcept;

/// The same for a function that frees, and so answers nothing. Null is freed for nothing.
void release(const char* function, const void* handle, const std::function<void()>& body) noexcept;

}  // namespace sotto::simulator
