#include "core/archive/byte_reader.h"

#include "core/base/error.h"

namespace sotto {

std::span<const std::byte> ByteReader::take(std::uint64_t count, std::string_view what) {
  if (count > remaining()) {
    fail(ErrorKind::format, source_, ": expected ", count, " bytes of ", what, " at byte ",
         position_, ", found ", remaining());
  }
  const auto taken = bytes_.subspan(position_, static_cast<std::size_t>(count));
  position_ += taken.size();
  return taken;
}

std::string_view ByteReader::take_text(std::uint64_t count, std::string_view what) {
  const auto taken = take(count, what);
  return {reinterpret_cast<const char*>(taken.data()), taken.size()};
}

}  // namespace sotto
