#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLines = 500;

struct Rule {
  std::vector<std::string> headers;    ///< prefixes of our own headers that the folder may include
  std::vector<std::string> libraries;  ///< prefixes of other libraries' headers that it may include
};
using Rules = std::map<std::string, Rule>;

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> result;
  for (std::string word; stream >> word;) result.push_back(word);
  return result;
}

Rules read_rules() {
  std::ifstream file("tests/layering/layers.txt");
  Rules rules;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto first = line.find('|');
    const auto second = line.find('|', first + 1);
    const std::string folder = words(line.substr(0, first)).at(0);
    rules[folder] = {words(line.substr(first + 1, second - first - 1)),
                     words(line.substr(second + 1))};
    rules[folder].headers.push_back(folder);
  }
  return rules;
}

/// Whether `path` is `prefix` or lies under it; a prefix that ends in no "/" may also begin a name.
bool lies_under(const std::string& path, const std::string& prefix) {
  return path.starts_with(prefix) &&
         (path.size() == prefix.size() || prefix.back() == '/' || path[prefix.size()] == '/');
}

bool matches_any(const std::string& path, const std::vector<std::string>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return lies_under(path, prefix); });
}

bool begins_with_any(const std::string& path, const std::vector<std::string>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return path.starts_with(prefix); });
}

bool is_source(const fs::path& path) {
  const auto extension = path.extension();
  return extension == ".cpp" || extension == ".h" || extension == ".c";
}

std::vector<fs::path> sources_under(const std::vector<std::string>& folders) {
  std::vector<fs::path> result;
  for (const auto& folder : folders) {
    if (!fs::is_directory(folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file() && is_source(entry.path())) result.push_back(entry.path());
    }
  }
  std::sort(result.begin(), result.end());
  return result;
}

/// How other files name this one: relative to src/, or to the root of the repository.
std::string include_path(const fs::path& source) {
  const std::string path = source.generic_string();
  return path.starts_with("src/") ? path.substr(4) : path;
}

/// The header of an `#include` line, or nothing.
std::string included(const std::string& line) {
  const auto hash = line.find_first_not_of(' ');
  if (hash == std::string::npos || line.compare(hash, 8, "#include") != 0) return "";
  const auto open = line.find_first_of("<\"");
  const auto close = line.find_first_of(">\"", open + 1);
  if (open == std::string::npos || close == std::string::npos) return "";
  return line.substr(open + 1, close - open - 1);
}

/// The most specific rule for a source file, or the end.
Rules::const_iterator rule_of(const Rules& rules, const std::string& path) {
  auto best = rules.end();
  for (auto rule = rules.begin(); rule != rules.end(); ++rule) {
    if (!lies_under(path, rule->first)) continue;
    if (best == rules.end() || rule->first.size() > best->first.size()) best = rule;
  }
  return best;
}

/// The header as others name it, where `name` is one of ours; nothing for a library's.
std::string our_header(const fs::path& source, const std::string& name) {
  if (begins_with_any(name, {"core/", "model/", "compile/", "run/", "simulators/"})) return name;
  const fs::path beside = source.parent_path() / name;
  return fs::exists(beside) ? include_path(beside.lexically_normal()) : "";
}

/// Whether the header belongs to some library, as against the language's and the system's own.
bool is_library_header(const Rules& rules, const std::string& name) {
  if (name.find('/') != std::string::npos) return !name.starts_with("sys/");
  return std::any_of(rules.begin(), rules.end(), [&](const auto& rule) {
    return begins_with_any(name, rule.second.libraries);
  });
}

bool may_include(const Rules& rules, const Rule& rule, const fs::path& source,
                 const std::string& name) {
  const std::string ours = our_header(source, name);
  if (!ours.empty()) return matches_any(ours, rule.headers);
  return !is_library_header(rules, name) || begins_with_any(name, rule.libraries);
}

TEST(Layering, EveryIncludeIsAllowed) {
  const Rules rules = read_rules();
  ASSERT_FALSE(rules.empty());
  for (const auto& source : sources_under({"src", "cli"})) {
    const auto rule = rule_of(rules, include_path(source));
    if (rule == rules.end()) {
      ADD_FAILURE() << source.generic_string() << ": its folder is not in layers.txt";
      continue;
    }
    std::ifstream file(source);
    int number = 0;
    for (std::string line; std::getline(file, line);) {
      ++number;
      const std::string name = included(line);
      if (name.empty()) continue;
      EXPECT_TRUE(may_include(rules, rule->second, source, name))
          << source.generic_string() << ":" << number << ": " << rule->first << " may not include "
          << name;
    }
  }
}

/// What a rule names without a reason would allow it unseen.
TEST(Layering, EveryRuleNamesAFolder) {
  for (const auto& [folder, rule] : read_rules()) {
    EXPECT_TRUE(fs::is_directory("src/" + folder) || fs::is_directory(folder)) << folder;
    for (const auto& header : rule.headers) {
      EXPECT_TRUE(fs::exists("src/" + header) || fs::exists(header)) << folder << ": " << header;
    }
  }
}

TEST(Layering, RefusesWhatItShould) {
  const Rules rules = read_rules();
  const Rule& decoding = rules.at("run/decoding");
  const fs::path source = "src/run/decoding/any.cpp";
  EXPECT_TRUE(may_include(rules, decoding, source, "core/base/error.h"));
  EXPECT_TRUE(may_include(rules, decoding, source, "vector"));
  EXPECT_TRUE(may_include(rules, decoding, source, "sys/mman.h"));
  EXPECT_FALSE(may_include(rules, decoding, source, "core/graph/graph.h"));
  EXPECT_FALSE(may_include(rules, decoding, source, "run/backends/backend.h"));
  EXPECT_FALSE(may_include(rules, decoding, source, "torch/script.h"));
  EXPECT_FALSE(may_include(rules, decoding, source, "pcre2.h"));
  EXPECT_FALSE(may_include(rules, decoding, source, "unknown/library.h"));
}

/// Whether `line` holds `word` with no letter, digit or underscore beside it.
bool holds_word(const std::string& line, const std::string& word) {
  const auto is_part = [&](std::size_t at) {
    return at < line.size() &&
           (line[at] == '_' || std::isalnum(static_cast<unsigned char>(line[at])) != 0);
  };
  for (auto at = line.find(word); at != std::string::npos; at = line.find(word, at + 1)) {
    if ((at == 0 || !is_part(at - 1)) && !is_part(at + word.size())) return true;
  }
  return false;
}

/// One loop for every back end: nothing in it may ask which one computes.
TEST(Layering, TheDecodingLoopNamesNoBackEnd) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator("src/run/backends")) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  ASSERT_FALSE(names.empty());
  for (const auto& source : sources_under({"src/run/decoding"})) {
    std::ifstream file(source);
    for (std::string line; std::getline(file, line);) {
      for (const std::string& name : names) {
        EXPECT_FALSE(holds_word(line, name)) << source.generic_string() << ": " << line;
      }
    }
  }
}

TEST(Layering, FilesStayShort) {
  for (const auto& source : sources_under({"src", "cli", "include", "tests", "bench"})) {
    std::ifstream file(source);
    const auto lines = std::count(std::istreambuf_iterator<char>(file), {}, '\n');
    EXPECT_LE(lines, kMostLines) << source.generic_string();
  }
}

}  // namespace
}  // namespace sotto
