#include "run/writers/python_json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <iterator>

#include "core/base/error.h"
#include "run/tokenizer/utf8.h"

namespace sotto {
namespace {

/// A double's shortest decimal digits and where its point stands: 0.DIGITS times ten to the power
/// of `point`.
struct Decimal {
  std::string digits;
  int point = 0;
};

Decimal shortest_decimal(double magnitude) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), magnitude,
                                 std::chars_format::scientific)
                       .ptr;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const std::size_t e = text.find('e');
  Decimal decimal;
  decimal.digits = text.substr(0, 1);
  if (e > 1) decimal.digits += text.substr(2, e - 2);
  const std::size_t number = text[e + 1] == '+' ? e + 2 : e + 1;  // from_chars takes no plus
  std::from_chars(text.data() + number, end, decimal.point);
  ++decimal.point;
  return decimal;
}

std::string with_exponent(const Decimal& decimal) {
  const int exponent = decimal.point - 1;
  std::string text = decimal.digits.substr(0, 1);
  if (decimal.digits.size() > 1) text.append(".").append(decimal.digits, 1);
  const std::string power = std::to_string(std::abs(exponent));
  return concat(text, "e", exponent < 0 ? "-" : "+", power.size() < 2 ? "0" : "", power);
}

std::string without_exponent(const Decimal& decimal) {
  const auto& [digits, point] = decimal;
  if (point <= 0) return concat("0.", std::string(static_cast<std::size_t>(-point), '0'), digits);
  const auto whole = static_cast<std::size_t>(point);
  if (digits.size() <= whole) return concat(digits, std::string(whole - digits.size(), '0'), ".0");
  return concat(digits.substr(0, whole), ".", digits.substr(whole));
}

/// The code point of one well-formed UTF-8 character.
std::uint32_t code_point(std::string_view character) {
  constexpr std::array<unsigned char, 5> kLeadBits{0, 0x7F, 0x1F, 0x0F, 0x07};
  std::uint32_t point =
      static_cast<unsigned char>(character.front()) & kLeadBits.at(character.size());
  for (const char byte : character.substr(1)) {
    point = point << 6U | (static_cast<unsigned char>(byte) & 0x3FU);
  }
  return point;
}

void append_unit(std::string& text, std::uint32_t unit) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  text += "\\u";
  for (const unsigned shift : {12U, 8U, 4U, 0U}) text += kDigits[unit >> shift & 0xFU];
}

/// UTF-16, as JSON has it.
void append_escaped(std::string& text, std::uint32_t point) {
  constexpr std::uint32_t kSupplementary = 0x10000;
  if (point < kSupplementary) return append_unit(text, point);
  append_unit(text, 0xD800U + ((point - kSupplementary) >> 10U));
  append_unit(text, 0xDC00U + ((point - kSupplementary) & 0x3FFU));
}

void append_ascii(std::string& text, char byte) {
  constexpr std::string_view kSpecial = "\"\\\n\r\t\f\b";
  constexpr std::string_view kLetters = "\"\\nrtfb";
  const std::size_t special = kSpecial.find(byte);
  if (special != std::string_view::npos) {
    text += {'\\', kLetters[special]};
  } else if (byte < ' ' || byte > '~') {
    append_unit(text, static_cast<unsigned char>(byte));
  } else {
    text += byte;
  }
}

template <class Range, class Write>
std::string array(const Range& range, const Write& write) {
  std::string text;
  for (const auto& element : range) text.append(text.empty() ? "" : ", ").append(write(element));
  return concat("[", text, "]");
}

std::string object(const Word& word) {
  return concat("{\"word\": ", python_string(word.word), ", \"start\": ", python_number(word.start),
                ", \"end\": ", python_number(word.end),
                ", \"probability\": ", python_number(word.probability), "}");
}

std::string object(const Segment& segment) {
  std::string text = concat(
      "{\"id\": ", segment.id, ", \"seek\": ", segment.seek,
      ", \"start\": ", python_number(segment.start), ", \"end\": ", python_number(segment.end),
      ", \"text\": ", python_string(segment.text),
      ", \"tokens\": ", array(segment.tokens, [](TokenId token) { return std::to_string(token); }),
      ", \"temperature\": ", python_number(segment.temperature),
      ", \"avg_logprob\": ", python_number(segment.avg_logprob),
      ", \"compression_ratio\": ", python_number(segment.compression_ratio),
      ", \"no_speech_prob\": ", python_number(segment.no_speech_prob));
  if (segment.words) {
    text += ", \"words\": " + array(*segment.words, [](const Word& word) { return object(word); });
  }
  return text + "}";
}

}  // namespace

std::string python_number(double number) {
  if (std::isnan(number)) return "NaN";
  const std::string sign = std::signbit(number) ? "-" : "";
  if (std::isinf(number)) return sign + "Infinity";
  if (number == 0) return sign + "0.0";
  constexpr int kSmallest = -3, kLargest = 16;  // places of the point that need no exponent
  const Decimal decimal = shortest_decimal(std::abs(number));
  const bool plain = decimal.point >= kSmallest && decimal.point <= kLargest;
  return sign + (plain ? without_exponent(decimal) : with_exponent(decimal));
}

std::string python_string(std::string_view text) {
  constexpr std::uint32_t kReplacement = 0xFFFD;
  std::string literal = "\"";
  while (!text.empty()) {
    const Utf8Piece piece = next_utf8_piece(text);
    if (piece.size == 1 && piece.well_formed) {
      append_ascii(literal, text.front());
    } else {
      append_escaped(literal,
                     piece.well_formed ? code_point(text.substr(0, piece.size)) : kReplacement);
    }
    text.remove_prefix(piece.size);
  }
  return literal + "\"";
}

std::string python_json(const Transcript& transcript) {
  return concat("{\"text\": ", python_string(transcript.text), ", \"segments\": ",
                array(transcript.segments, [](const Segment& segment) { return object(segment); }),
                ", \"language\": ", python_string(transcript.language), "}");
}

}  // namespace sotto
