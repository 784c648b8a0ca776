#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sotto {

/// The longest piece at the start of `bytes` (not empty) that is one well-formed UTF-8 character
/// or, failing that, one maximal ill-formed subpart (Unicode 3.9, "U+FFFD substitution of maximal
/// subparts"): what CPython replaces by one U+FFFD.
struct Utf8Piece {
  std::size_t size;
  bool well_formed;
};
[[nodiscard]] Utf8Piece next_utf8_piece(std::string_view bytes);

/// `bytes` with each maximal ill-formed subpart replaced by U+FFFD, exactly as Python's
/// bytes.decode("utf-8", errors="replace").
[[nodiscard]] std::string replace_ill_formed_utf8(std::string_view bytes);

}  // namespace sotto
