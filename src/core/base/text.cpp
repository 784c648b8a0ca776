#include "core/base/text.h"

#include <algorithm>
#include <array>

namespace sotto {
namespace {

// U+0085, U+00A0, U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000. No character's
// bytes end like another's, so comparing bytes at either end of a text is enough.
constexpr std::array<std::string_view, 19> kWideSpaces{
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
    "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
    "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};

bool is_plain_space(char byte) {
  return (byte >= '\t' && byte <= '\r') || (byte >= '\x1c' && byte <= ' ');
}

/// Bytes of the white space that `text` begins with, one character; 0 when there is none.
std::size_t space_at_front(std::string_view text) {
  if (text.empty()) return 0;
  if (is_plain_space(text.front())) return 1;
  const auto* found = std::find_if(kWideSpaces.begin(), kWideSpaces.end(),
                                   [&](std::string_view space) { return text.starts_with(space); });
  return found == kWideSpaces.end() ? 0 : found->size();
}

std::size_t space_at_back(std::string_view text) {
  if (text.empty()) return 0;
  if (is_plain_space(text.back())) return 1;
  const auto* found = std::find_if(kWideSpaces.begin(), kWideSpaces.end(),
                                   [&](std::string_view space) { return text.ends_with(space); });
  return found == kWideSpaces.end() ? 0 : found->size();
}

}  // namespace

std::size_t leading_white_space(std::string_view text) {
  std::string_view rest = text;
  while (const std::size_t size = space_at_front(rest)) rest.remove_prefix(size);
  return text.size() - rest.size();
}

std::string_view strip_white_space(std::string_view text) {
  text.remove_prefix(leading_white_space(text));
  while (const std::size_t size = space_at_back(text)) text.remove_suffix(size);
  return text;
}

std::size_t count_characters(std::string_view text) {
  const auto begins = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; };
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins));
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace sotto
