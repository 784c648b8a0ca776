#include "run/backends/processor_quota.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace sotto {
namespace {

namespace fs = std::filesystem;

/// What a file of the system says, which has no length of its own; empty where there is none. More
/// than a machine's list of mounts would take is left out.
std::string text_of(const fs::path& path) {
  constexpr std::size_t kMost = 1 << 20;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  for (std::string line; text.size() < kMost && std::getline(file, line);) text += line + "\n";
  return text;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

bool contains(const std::vector<std::string>& list, std::string_view wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

/// A positive number; none for "max", −1 and what is no number.
std::optional<std::int64_t> positive_number(std::string_view text) {
  std::int64_t number = 0;
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number <= 0) return std::nullopt;
  return number;
}

/// "QUOTA PERIOD", in microseconds, as processors.
std::optional<int> processors_in(const std::string& limit) {
  std::istringstream words(limit);
  std::string quota_word, period_word;
  words >> quota_word >> period_word;
  const auto quota = positive_number(quota_word), period = positive_number(period_word);
  if (!quota || !period) return std::nullopt;
  const std::int64_t whole = *quota / *period + (*quota % *period == 0 ? 0 : 1);
  return static_cast<int>(std::min<std::int64_t>(whole, std::numeric_limits<int>::max()));
}

/// A tree of control groups that may limit processors, and where this process is in it.
struct Hierarchy {
  bool is_unified = false;  ///< version 2
  fs::path mount_point;
  std::string mounted;  ///< the group that the mount point shows
  std::string group;    ///< the one of this process
};

/// What a line of /proc/self/mountinfo mounts, if it is such a tree: fields of which the fourth and
/// fifth are group and mount point, some more, " - ", type, source, options.
std::optional<Hierarchy> hierarchy_in(const std::string& line) {
  const std::size_t dash = line.find(" - ");
  if (dash == std::string::npos) return std::nullopt;
  const auto place = split(line.substr(0, dash), ' ');
  const auto kind = split(line.substr(dash + 3), ' ');
  if (place.size() < 5 || kind.size() < 3) return std::nullopt;
  const bool is_unified = kind[0] == "cgroup2";
  const bool is_first = kind[0] == "cgroup" && contains(split(kind[2], ','), "cpu");
  if (!is_unified && !is_first) return std::nullopt;
  return Hierarchy{is_unified, place[4], place[3], ""};
}

/// This process's group: lines of number, controllers and group, of which version 2's names none.
std::optional<std::string> group_in(const std::string& groups, bool is_unified) {
  for (const std::string& line : split(groups, '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool is_it = is_unified ? controllers.empty() : contains(split(controllers, ','), "cpu");
    if (is_it) return line.substr(second + 1);
  }
  return std::nullopt;
}

std::vector<Hierarchy> hierarchies_in(const fs::path& root) {
  const std::string groups = text_of(root / "proc/self/cgroup");
  std::vector<Hierarchy> found;
  for (const std::string& line : split(text_of(root / "proc/self/mountinfo"), '\n')) {
    auto hierarchy = hierarchy_in(line);
    if (!hierarchy) continue;
    const auto group = group_in(groups, hierarchy->is_unified);
    if (!group) continue;
    hierarchy->group = *group;
    found.push_back(*hierarchy);
  }
  return found;
}

/// The folders of the process's group and those above, as far as they are mounted. A group that is
/// not below the mounted one is out of sight, as from within a container: then it is that one.
std::vector<fs::path> folders_of(const Hierarchy& hierarchy, const fs::path& root) {
  const fs::path top = root / hierarchy.mount_point.relative_path();
  fs::path inside = fs::path(hierarchy.group).lexically_relative(hierarchy.mounted);
  if (inside.empty() || *inside.begin() == "..") inside = ".";
  std::vector<fs::path> folders{top};
  for (const fs::path& step : inside) {
    if (step != ".") folders.push_back(folders.back() / step);
  }
  return folders;
}

std::string limit_of(const fs::path& folder, bool is_unified) {
  if (is_unified) return text_of(folder / "cpu.max");
  return text_of(folder / "cpu.cfs_quota_us") + " " + text_of(folder / "cpu.cfs_period_us");
}

}  // namespace

std::optional<int> processor_quota(const fs::path& root) {
  std::optional<int> least;
  for (const Hierarchy& hierarchy : hierarchies_in(root)) {
    for (const fs::path& folder : folders_of(hierarchy, root)) {
      const auto here = processors_in(limit_of(folder, hierarchy.is_unified));
      if (here) least = std::min(*here, least.value_or(*here));
    }
  }
  return least;
}

}  // namespace sotto
