#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <istream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

// Two types of one name in one namespace make no compiler and no linker complain: of the functions
// that templates make for both, std::vector's for one, the linker keeps one.

namespace sotto {
namespace {

namespace fs = std::filesystem;

/// What follows `word` at the beginning of a line, up to one of `ends`; empty where nothing does.
std::string name_behind(const std::string& line, std::string_view word, const char* ends) {
  if (!line.starts_with(word)) return {};
  const std::size_t end = line.find_first_of(ends, word.size());
  return line.substr(word.size(), end == std::string::npos ? end : end - word.size());
}

/// The types that a file defines at the left margin, as the formatter sets them, each with its
/// namespaces; without those of nameless namespaces, which are the file's alone.
std::set<std::string> types_in(std::istream& file) {
  std::set<std::string> types;
  std::vector<std::string> spaces;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("namespace ") && line.ends_with("{")) {
      spaces.push_back(name_behind(line, "namespace ", " {"));
    } else if (line.starts_with("}  // namespace") && !spaces.empty()) {
      spaces.pop_back();
    }
    if (std::count(spaces.begin(), spaces.end(), "") > 0) continue;
    for (const std::string_view word : {"struct ", "class ", "enum class ", "union "}) {
      const std::string name = name_behind(line, word, " {;:(");
      const bool is_nested = line.find(name + "::") != std::string::npos;
      if (name.empty() || is_nested || line.find('{') == std::string::npos) continue;
      std::string whole;
      for (const std::string& space : spaces) whole += space + "::";
      types.insert(whole + name);
    }
  }
  return types;
}

TEST(Names, AreThoseOfOneTypeEach) {
  std::map<std::string, std::string> places;
  for (const char* folder : {"src", "cli"}) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const auto extension = entry.path().extension();
      if (extension != ".h" && extension != ".cpp") continue;
      std::ifstream file(entry.path());
      for (const std::string& type : types_in(file)) {
        const auto [place, is_new] = places.emplace(type, entry.path().generic_string());
        EXPECT_TRUE(is_new) << type << " is defined in " << place->second << " and in "
                            << entry.path().generic_string();
      }
    }
  }
  EXPECT_GT(places.size(), 300U);
}

TEST(Names, AreFoundWhereOthersSeeThem) {
  std::istringstream file(
      "namespace sotto {\n"
      "namespace {\n"
      "struct Own {\n"
      "}  // namespace\n"
      "struct Clip {\n"
      "  struct Inner {\n"
      "struct Later;\n"
      "struct Clip::Impl {\n"
      "class Model : public Base {\n"
      "enum class Kind : char { a };\n"
      "}  // namespace sotto\n"
      "namespace sotto::cpu {\n"
      "struct Empty {};\n"
      "}  // namespace sotto::cpu\n");
  EXPECT_EQ(types_in(file), (std::set<std::string>{"sotto::Clip", "sotto::Model", "sotto::Kind",
                                                   "sotto::cpu::Empty"}));
}

}  // namespace
}  // namespace sotto
