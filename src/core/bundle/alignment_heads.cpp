#include "core/bundle/alignment_heads.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "core/archive/printable.h"
#include "core/base/error.h"

namespace sotto {
namespace {

bool exists(const std::pair<std::int64_t, std::int64_t>& place, const WhisperDims& dims) {
  const auto [layer, head] = place;
  return layer >= 0 && layer < dims.n_text_layer && head >= 0 && head < dims.n_text_head;
}

AlignmentHeads heads_of_the_upper_half(const WhisperDims& dims) {
  AlignmentHeads heads;
  for (std::int64_t layer = dims.n_text_layer / 2; layer < dims.n_text_layer; ++layer) {
    for (std::int64_t head = 0; head < dims.n_text_head; ++head) heads.emplace_back(layer, head);
  }
  return heads;
}

/// Reads a number off the front of `text`.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take(char sign, std::string_view& text) {
  if (!text.starts_with(sign)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

void check_alignment_heads(const AlignmentHeads& heads, const WhisperDims& dims,
                           const std::string& source) {
  for (const auto& place : heads) {
    if (exists(place, dims)) continue;
    fail(ErrorKind::mismatch, source, ": expected alignment_heads within ", dims.n_text_layer,
         " layers of ", dims.n_text_head, " heads, found [", place.first, ", ", place.second, "]");
  }
}

AlignmentHeads complete_alignment_heads(AlignmentHeads heads, const WhisperDims& dims,
                                        const std::string& source) {
  if (heads.empty()) heads = heads_of_the_upper_half(dims);
  for (const auto& place : heads) {
    if (exists(place, dims)) continue;
    fail(ErrorKind::usage, source, ": expected alignment heads within the ", dims.n_text_layer,
         " layers of ", dims.n_text_head, " heads of its decoder, found ", place.first, ":",
         place.second, " (both are counted from 0)");
  }
  std::sort(heads.begin(), heads.end());
  heads.erase(std::unique(heads.begin(), heads.end()), heads.end());
  return heads;
}

AlignmentHeads parse_alignment_heads(std::string_view text) {
  AlignmentHeads heads;
  std::string_view rest = text;
  do {
    const auto layer = take_number(rest);
    const bool has_colon = take(':', rest);
    const auto head = take_number(rest);
    if (!layer || !has_colon || !head || !(rest.empty() || rest.front() == ',')) {
      fail(ErrorKind::usage, "alignment heads: expected LAYER:HEAD,LAYER:HEAD,…, found \"",
           printable(text), "\"");
    }
    heads.emplace_back(*layer, *head);
  } while (take(',', rest));
  return heads;
}

std::vector<std::int64_t> layers_of(const AlignmentHeads& heads) {
  std::vector<std::int64_t> layers;
  for (const auto& [layer, head] : heads) layers.push_back(layer);
  std::sort(layers.begin(), layers.end());
  layers.erase(std::unique(layers.begin(), layers.end()), layers.end());
  return layers;
}

std::string alignment_output(std::int64_t layer) { return concat("scores.", layer); }

}  // namespace sotto
