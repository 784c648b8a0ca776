#include <algorithm>
#include <cctype>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "compile/targets/target.h"
#include "core/archive/printable.h"
#include "core/base/error.h"

namespace sotto {
namespace {

constexpr std::string_view kMaker = "mediatek";
constexpr std::size_t kLongestName = 32;
constexpr std::size_t kMostNear = 5;
constexpr std::size_t kFarthest = 2;

/// "genio700" of "MediaTek Genio-700": what of a name tells it from others.
std::string key_of(std::string_view name) {
  std::string key;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 128 && std::isalnum(byte) == 0) continue;
    key += static_cast<char>(std::tolower(byte));
  }
  return key.starts_with(kMaker) ? key.substr(kMaker.size()) : key;
}

/// How many letters have to be put in, taken out or changed to make one of the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t before = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = before + (a[i - 1] == b[j - 1] ? 0 : 1);
      before = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

/// Of whichever of its names is nearer.
std::size_t distance(const std::string& key, const Target& target) {
  const std::size_t to_name = distance(key, target.name);
  if (target.marketing.empty()) return to_name;
  return std::min(to_name, distance(key, key_of(target.marketing)));
}

std::string shown(const Target& target) {
  if (target.marketing.empty()) return std::string(target.name);
  return concat(target.name, " (", target.marketing, ')');
}

/// Those near it, the nearest in front.
std::string near_ones(const std::string& key) {
  if (key.size() > kLongestName) return {};
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const Target& target : targets()) {
    const std::size_t steps = distance(key, target);
    if (steps <= kFarthest) near.emplace_back(steps, shown(target));
  }
  std::stable_sort(near.begin(), near.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  if (near.size() > kMostNear) near.resize(kMostNear);
  std::string text;
  for (const auto& [steps, name] : near) text += concat(text.empty() ? "" : ", ", name);
  return text;
}

std::string all_names() {
  std::string names;
  for (const Target& target : targets()) names += concat(names.empty() ? "" : ", ", target.name);
  return names;
}

}  // namespace

const Target& find_target(std::string_view name) {
  const std::string key = key_of(name);
  for (const Target& target : targets()) {
    if (!key.empty() && (key == target.name || key == key_of(target.marketing))) return target;
  }
  const std::string near = near_ones(key);
  if (near.empty()) {
    fail(ErrorKind::usage, Option{"target"}, ": expected one of ", all_names(), ", found \"",
         printable(name), '"');
  }
  fail(ErrorKind::usage, Option{"target"}, ": expected a chip that `sotto check` shows with ",
       Option{"list-targets"}, ", found \"", printable(name), "\"; near it: ", near);
}

}  // namespace sotto
