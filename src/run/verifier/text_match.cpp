#include "run/verifier/text_match.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/base/text.h"

namespace sotto {

namespace {

struct Range {
  char32_t first, last;
};

// Spaces and punctuation of the scripts that Whisper writes, by Unicode block where a whole block
// is such, else by character. Symbols that are read aloud (%, &, +, €) carry meaning and stay.
constexpr std::array kNoLetters{
    Range{0x00, 0x22},     Range{0x27, 0x2A},     Range{0x2C, 0x2F},     Range{0x3A, 0x3B},
    Range{0x3F, 0x3F},     Range{0x5B, 0x60},     Range{0x7B, 0xA1},     Range{0xA7, 0xA8},
    Range{0xAB, 0xAB},     Range{0xAD, 0xAD},     Range{0xB4, 0xB4},     Range{0xB6, 0xB8},
    Range{0xBB, 0xBB},     Range{0xBF, 0xBF},     Range{0x37E, 0x37E},   Range{0x387, 0x387},
    Range{0x55A, 0x55F},   Range{0x589, 0x58A},   Range{0x5BE, 0x5BE},   Range{0x5F3, 0x5F4},
    Range{0x60C, 0x60D},   Range{0x61B, 0x61F},   Range{0x66A, 0x66D},   Range{0x6D4, 0x6D4},
    Range{0x964, 0x965},   Range{0x104A, 0x104F}, Range{0x10FB, 0x10FB}, Range{0x1361, 0x1368},
    Range{0x17D4, 0x17DA}, Range{0x2000, 0x206F}, Range{0x3000, 0x3003}, Range{0x3008, 0x3011},
    Range{0x3014, 0x301F}, Range{0x30FB, 0x30FB}, Range{0xFE10, 0xFE6B}, Range{0xFEFF, 0xFEFF},
    Range{0xFF01, 0xFF02}, Range{0xFF07, 0xFF0A}, Range{0xFF0C, 0xFF0F}, Range{0xFF1A, 0xFF1B},
    Range{0xFF1F, 0xFF1F}, Range{0xFF3B, 0xFF40}, Range{0xFF5B, 0xFF65},
};

bool is_letter(char32_t c) {
  return std::none_of(kNoLetters.begin(), kNoLetters.end(),
                      [c](const Range& range) { return range.first <= c && c <= range.last; });
}

// The alphabets with two cases that lie at a fixed distance; others compare as they are written.
char32_t lower_case(char32_t c) {
  if (c >= U'A' && c <= U'Z') return c + 32;
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;     // Latin-1
  if (c >= 0x391 && c <= 0x3A9 && c != 0x3A2) return c + 32;  // Greek
  if (c >= 0x410 && c <= 0x42F) return c + 32;                // Cyrillic
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  const bool paired = (c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177);  // Latin extended
  return paired && c % 2 == 0 ? c + 1 : c;
}

/// The next code point of UTF-8 text; a byte that starts none stands for itself.
char32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[i]));
  };
  const char32_t lead = byte(at++);
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  if (more == 0) return lead;
  char32_t code = lead & (0x3FU >> more);
  for (int i = 0; i < more && at < text.size() && (byte(at) & 0xC0U) == 0x80U; ++i) {
    code = (code << 6U) | (byte(at++) & 0x3FU);
  }
  return code;
}

std::u32string letters(std::string_view text) {
  std::u32string kept;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = lower_case(next_code_point(text, at));
    if (is_letter(c)) kept.push_back(c);
  }
  return kept;
}

}  // namespace

TextMatch compare_texts(std::string_view a, std::string_view b) {
  if (strip_white_space(a) == strip_white_space(b)) return TextMatch::equal;
  return letters(a) == letters(b) ? TextMatch::letters_equal : TextMatch::different;
}

}  // namespace sotto
