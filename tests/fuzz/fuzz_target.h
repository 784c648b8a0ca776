#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <span>
#include <string>

#include "core/base/error.h"
#include "core/base/tensor.h"

namespace sotto::test {

/// How the file is called in messages while fuzzing.
inline const std::string kFuzzed = "fuzzed";

/// Runs a parser on hostile bytes. It may refuse them with one sentence about the file; whatever
/// else it throws, and a sentence of another form, is a defect that stops the fuzzer.
template <class Action>
int fuzz(Action action) {
  try {
    action();
  } catch (const Error& error) {
    const std::string message = error.what();
    if (error.kind() == ErrorKind::internal || !message.starts_with(kFuzzed) ||
        message.find('\n') != std::string::npos || message.size() > 2000) {
      std::cerr << "a sentence of the wrong form: " << message << '\n';
      std::abort();
    }
  }
  return 0;
}

/// Reads the first and the last element, so that the sanitizers see where a view reaches.
inline void touch(const TensorView& view) {
  std::array<std::byte, 8> element{};
  const std::span<std::byte> out(element.data(), size_of(view.dtype));
  read_elements(view, 0, out);
  read_elements(view, num_elements(view.shape) - 1, out);
}

inline std::span<const std::byte> bytes_of(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span(data, size));
}

}  // namespace sotto::test
