#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace sotto {

/// Where bytes go that are made from front to back: a file, a hash, a test's buffer.
class ByteSink {
 public:
  virtual ~ByteSink() = default;

  /// Takes the next bytes; throws io when they cannot be kept.
  virtual void write(std::span<const std::byte> bytes) = 0;

  /// The same for text.
  void write_text(std::string_view text) { write(std::as_bytes(std::span(text))); }
};

}  // namespace sotto
