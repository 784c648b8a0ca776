#include "core/signatures/text_signatures.h"

#include <algorithm>
#include <cstddef>

namespace sotto {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

std::string_view without_leading_space(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text;
}

/// Whether `text` begins with `word`, which is in small letters, in letters of any case.
bool begins_with_word(std::string_view text, std::string_view word) {
  const auto same = [](char letter, char wanted) {
    return (letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter) ==
           wanted;
  };
  return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(),
                                                  [&](char w, char t) { return same(t, w); });
}

bool is_control(unsigned char code) {
  return (code < 0x20 && (code < '\t' || code > '\r')) || code == 0x7f;
}

/// Of a character of UTF-8 that begins with `code`.
std::size_t further_bytes(unsigned char code) {
  if (code < 0xc0) return 0;
  if (code < 0xe0) return 1;
  return code < 0xf0 ? 2 : 3;
}

}  // namespace

bool is_plain_text(std::string_view text) {
  std::size_t expected = 0;  // bytes that go on with a character
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    const bool goes_on = (code & 0xc0U) == 0x80U;
    if (goes_on != (expected > 0)) return false;
    expected = goes_on ? expected - 1 : further_bytes(code);
    if (is_control(code) || code >= 0xf8) return false;
  }
  return !text.empty();
}

bool is_web_page(std::string_view text) {
  const std::string_view start = without_leading_space(text);
  return begins_with_word(start, "<!doctype html") || begins_with_word(start, "<html") ||
         begins_with_word(start, "<head") || begins_with_word(start, "<body");
}

bool is_xml(std::string_view text) { return without_leading_space(text).starts_with("<?xml"); }

bool is_openvino(std::string_view text) {
  return without_leading_space(text).starts_with('<') &&
         text.find("<net ") != std::string_view::npos &&
         text.find("<layers") != std::string_view::npos;
}

bool is_json(std::string_view text) {
  const std::string_view start = without_leading_space(text);
  return is_plain_text(text) && (start.starts_with('{') || start.starts_with('['));
}

bool is_rank_file(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  const auto space = line.find(' ');
  return space != std::string_view::npos && space > 0 && space + 1 < line.size() &&
         line.find_first_not_of(kBase64) == space &&
         line.find_first_not_of(kDigits, space + 1) == std::string_view::npos;
}

}  // namespace sotto
