#include "shown.h"

#include <cstddef>

#include "core/base/error.h"
#include "core/base/option.h"
#include "run/tokenizer/utf8.h"

namespace sotto::cli {
namespace {

enum class Kind { text, line, json };

/// The code point of one well-formed character.
char32_t code_of(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  constexpr unsigned int kContinued = 0x3F;
  char32_t code = first & (character.size() == 1   ? 0x7FU
                           : character.size() == 2 ? 0x1FU
                           : character.size() == 3 ? 0x0FU
                                                   : 0x07U);
  for (const char byte : character.substr(1)) {
    code = (code << 6U) | (static_cast<unsigned char>(byte) & kContinued);
  }
  return code;
}

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7F && code < 0xA0); }

// Line and paragraph separator; embeddings, overrides and isolates of the bidirectional algorithm.
bool turns_or_separates(char32_t code) {
  return code == 0x2028 || code == 0x2029 || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

bool is_hidden(char32_t code, Kind kind) {
  if (kind == Kind::line) return is_control(code) || turns_or_separates(code);
  return is_control(code) && code != '\n' && code != '\t';
}

void append_code(std::string& out, char32_t code, Kind kind) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const bool is_short = code < 0x100 && kind != Kind::json;
  out += is_short ? "\\x" : "\\u";
  for (int shift = is_short ? 4 : 12; shift >= 0; shift -= 4) out += kDigits[(code >> shift) & 15U];
}

std::string shown_as(std::string_view text, Kind kind) {
  std::string out;
  while (!text.empty()) {
    const Utf8Piece piece = next_utf8_piece(text);
    const std::string_view bytes = text.substr(0, piece.size);
    text.remove_prefix(piece.size);
    if (piece.well_formed) {
      const char32_t code = code_of(bytes);
      if (is_hidden(code, kind)) {
        append_code(out, code, kind);
      } else {
        out += bytes;
      }
    } else if (kind == Kind::json) {
      out += "\xEF\xBF\xBD";
    } else {
      for (const char byte : bytes) append_code(out, static_cast<unsigned char>(byte), kind);
    }
  }
  return out;
}

}  // namespace

std::string with_flags(std::string_view sentence) {
  return spell_options(sentence, [](const Option& option) {
    return concat("--", option.name, option.value.empty() ? "" : " ", option.value);
  });
}

std::string shown(std::string_view text) { return shown_as(text, Kind::text); }

std::string shown_on_a_line(std::string_view text) { return shown_as(text, Kind::line); }

std::string shown_json(std::string_view json) { return shown_as(json, Kind::json); }

}  // namespace sotto::cli
