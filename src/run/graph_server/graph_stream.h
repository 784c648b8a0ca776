#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>

#include "core/base/error.h"

namespace sotto {

/// Bytes to and from whoever is at the other end.
class GraphStream {
 public:
  virtual ~GraphStream() = default;
  GraphStream() = default;
  GraphStream(const GraphStream&) = delete;
  GraphStream& operator=(const GraphStream&) = delete;

  /// Exactly so many bytes. Throws io at the end of the stream.
  virtual void read(std::span<std::byte> bytes) = 0;
  virtual void write(std::span<const std::byte> bytes) = 0;
};

// What passes: numbers little-endian as they lie in memory, and texts behind their length.
//
// request   u32 1 (load), text: a graph's name
//           u32 2 (run), u32 graph, i64 extent of the variable axis (0: none), and for every input
//           u32 patches, each u64 offset, u64 bytes, the bytes: what is new in it since the last
//           run, in which every input begins as zeros; where the extent is another, from zeros
//           again
// answer    u32 0; of a run then for every output u64 bytes, the bytes
//           u32 1, u32 kind of error, text: what went wrong

enum class GraphRequest : std::uint32_t { load = 1, run = 2 };
enum class GraphAnswer : std::uint32_t { done = 0, failed = 1 };

/// The longest text that is read.
inline constexpr std::uint32_t kLongestGraphText = 1 << 16;

template <class T>
[[nodiscard]] T read_number(GraphStream& stream) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value{};
  stream.read(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

template <class T>
void write_number(GraphStream& stream, T value) {
  static_assert(std::is_trivially_copyable_v<T>);
  stream.write(std::as_bytes(std::span(&value, 1)));
}

/// Throws format for one that is too long.
[[nodiscard]] inline std::string read_text(GraphStream& stream) {
  const auto size = read_number<std::uint32_t>(stream);
  if (size > kLongestGraphText) {
    fail(ErrorKind::format, "expected a text of at most ", kLongestGraphText, " bytes, found ",
         size);
  }
  std::string text(size, '\0');
  stream.read(std::as_writable_bytes(std::span(text)));
  return text;
}

inline void write_text(GraphStream& stream, const std::string& text) {
  const std::string some = text.substr(0, kLongestGraphText);
  write_number(stream, static_cast<std::uint32_t>(some.size()));
  stream.write(std::as_bytes(std::span(some)));
}

}  // namespace sotto
