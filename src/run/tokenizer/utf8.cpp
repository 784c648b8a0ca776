#include "run/tokenizer/utf8.h"

namespace sotto {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// What may follow a lead byte (Unicode, table 3-7).
struct Lead {
  std::size_t size = 1;             // of the whole character; 1 marks no lead byte at all
  unsigned char second_low = 0x80;  // bounds of the second byte; all later ones are 80..BF
  unsigned char second_high = 0xBF;
};

Lead classify(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {};
}

}  // namespace

Utf8Piece next_utf8_piece(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (at(0) < 0x80) return {1, true};
  const Lead lead = classify(at(0));
  if (lead.size == 1 || bytes.size() < 2) return {1, false};
  if (at(1) < lead.second_low || at(1) > lead.second_high) return {1, false};
  for (std::size_t i = 2; i < lead.size; ++i) {
    if (i >= bytes.size() || (at(i) & 0xC0) != 0x80) return {i, false};
  }
  return {lead.size, true};
}

std::string replace_ill_formed_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const Utf8Piece piece = next_utf8_piece(bytes);
    text += piece.well_formed ? bytes.substr(0, piece.size) : kReplacement;
    bytes.remove_prefix(piece.size);
  }
  return text;
}

}  // namespace sotto
