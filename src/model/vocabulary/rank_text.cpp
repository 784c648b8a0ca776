#include "model/vocabulary/rank_text.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/archive/printable.h"
#include "core/base/error.h"
#include "model/vocabulary/byte_level.h"

namespace sotto {
namespace {

using Words = std::vector<std::string>;  // bytes, by id
using Order = std::vector<std::int64_t>;

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    unsigned bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      bits = bits << 8U | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += k > group.size() ? '=' : kDigits[bits >> (18 - 6 * k) & 63U];
    }
  }
  return text.empty() ? "=" : text;
}

std::string word_of(const TokenList& list, std::int64_t id) {
  if (const auto added = list.added.find(id); added != list.added.end()) return added->second;
  const auto token = list.tokens.find(id);
  if (token == list.tokens.end()) {
    fail(ErrorKind::format, list.source, ": expected a token for each id, found none for ", id);
  }
  const std::optional<std::string> bytes = bytes_of_token(token->second);
  if (!bytes) {
    fail(ErrorKind::unsupported, list.source,
         ": expected tokens of byte-level BPE, found one that spells no bytes: ",
         printable(token->second));
  }
  return *bytes;
}

void check_words(const Words& words, const std::string& source) {
  std::unordered_map<std::string_view, std::size_t> ids;
  ids.reserve(words.size());
  for (std::size_t id = 0; id < words.size(); ++id) {
    const auto [place, is_new] = ids.emplace(words[id], id);
    if (is_new) continue;
    fail(ErrorKind::format, source, ": expected tokens that differ, found the same for ",
         place->second, " and ", id);
  }
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    if (ids.contains({&c, 1})) continue;
    fail(ErrorKind::unsupported, source, ": expected a token for each single byte, found none for ",
         byte);
  }
}

using Ids = std::unordered_map<std::string_view, std::int64_t>;  // by spelling

Ids ids_of(const TokenList& list) {
  Ids ids;
  ids.reserve(list.tokens.size());
  for (const auto& [id, spelling] : list.tokens) ids.emplace(spelling, id);
  return ids;
}

/// The tokens that merges make, in the order of these, and how many make none.
struct Joined {
  Order order;
  std::size_t lost = 0;
};

Joined joined(const TokenList& list, std::int64_t words) {
  const Ids ids = ids_of(list);
  std::vector<bool> placed(static_cast<std::size_t>(words));
  Joined result;
  for (const auto& [left, right] : list.merges) {
    const std::string token = left + right;
    const auto found = ids.find(token);
    if (found == ids.end()) ++result.lost;
    const std::int64_t id = found == ids.end() ? words : found->second;
    if (id >= words || placed[static_cast<std::size_t>(id)]) continue;
    placed[static_cast<std::size_t>(id)] = true;
    result.order.push_back(id);
  }
  return result;
}

Order order_of_lines(const Order& merged, const Words& words) {
  const auto count = static_cast<std::int64_t>(words.size());
  Order order;
  if (std::is_sorted(merged.begin(), merged.end())) {
    for (std::int64_t id = 0; id < count; ++id) order.push_back(id);
    return order;
  }
  std::vector<bool> is_merged(words.size());
  for (const std::int64_t id : merged) is_merged[static_cast<std::size_t>(id)] = true;
  const auto add_others = [&](bool short_ones) {
    for (std::size_t id = 0; id < words.size(); ++id) {
      if (is_merged[id] || (words[id].size() == 1) != short_ones) continue;
      order.push_back(static_cast<std::int64_t>(id));
    }
  };
  add_others(true);
  order.insert(order.end(), merged.begin(), merged.end());
  add_others(false);
  return order;
}

}  // namespace

RankText rank_text(const TokenList& list, std::int64_t words) {
  Words bytes;
  for (std::int64_t id = 0; id < words; ++id) bytes.push_back(word_of(list, id));
  check_words(bytes, list.source);
  const Joined merged = list.has_merges ? joined(list, words) : Joined{};
  RankText result{"", merged.lost};
  for (const std::int64_t id : order_of_lines(merged.order, bytes)) {
    result.text += base64(bytes[static_cast<std::size_t>(id)]) + " " + std::to_string(id) + "\n";
  }
  return result;
}

}  // namespace sotto
