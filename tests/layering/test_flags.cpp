#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// The library does not speak of flags: it marks options (core/base/option.h), which the program
// spells as flags and others as they call them.

namespace sotto {
namespace {

namespace fs = std::filesystem;
using Flags = std::set<std::string>;

/// Flags of other programs, by the file that makes their command lines or says what is known of
/// them.
const std::map<std::string, Flags>& flags_of_others() {
  static const std::map<std::string, Flags> flags{
      // what is public of ncc-tflite
      {"src/compile/targets/targets.cpp", {"--arch"}},
      // ncc-tflite's command line
      {"src/compile/toolchains/ncc_tflite.cpp",
       {"--arch", "--l1-size-kb", "--num-mdla", "--relax-fp32", "--opt-accuracy", "--opt-footprint",
        "--dla-file", "--version"}},
      // of Sotto itself, on a device
      {"src/run/deployment/deployed_bundle.cpp", {"--backend", "--litert", "--neuron", "--soc"}},
      {"src/run/deployment/deployment.cpp",
       {"--beam_size", "--best_of", "--decoder", "--json", "--language", "--quiet"}},
      // the same, of those who play it
      {"src/simulators/ncc_tflite/main.cpp", {"--arch", "--dla-file", "--relax-fp32", "--version"}},
      // of the compiler behind NeuronAdapter
      {"src/compile/toolchains/neuron_compiler.cpp", {"--opt-accuracy", "--opt"}},
      // ncc-tflite's, in logs and in what is to be done
      {"src/run/doctor/bundle_facts.cpp", {"--disallow-bridge"}},
      {"src/run/doctor/bundle_findings.cpp", {"--disallow-bridge"}},
      // apply_plugin_main's
      {"src/compile/toolchains/litert_aot.cpp",
       {"--cmd", "--model", "--o", "--soc_manufacturer", "--soc_model", "--libs", "--err",
        "--mediatek_sdk_version_type"}},
  };
  return flags;
}

/// Reads the string literals of C++, comments and characters left out.
class Literals {
 public:
  explicit Literals(std::string text) : text_(std::move(text)) {}

  std::vector<std::string> run() {
    while (at_ < text_.size()) step();
    return std::move(found_);
  }

 private:
  [[nodiscard]] bool begins(const std::string& part) const {
    return text_.compare(at_, part.size(), part) == 0;
  }

  void skip_behind(const std::string& end) {
    const auto found = text_.find(end, at_);
    at_ = found == std::string::npos ? text_.size() : found + end.size();
  }

  void step() {
    if (begins("//")) {
      skip_behind("\n");
    } else if (begins("/*")) {
      skip_behind("*/");
    } else if (begins("R\"")) {
      take_raw();
    } else if (begins("\"")) {
      found_.push_back(quoted());
    } else if (begins("'") && !is_separator()) {
      static_cast<void>(quoted());
    } else {
      ++at_;
    }
  }

  /// Whether the apostrophe stands between the digits of a number.
  [[nodiscard]] bool is_separator() const {
    return at_ > 0 && std::isxdigit(static_cast<unsigned char>(text_[at_ - 1])) != 0;
  }

  /// What stands between two quotes of the kind that is next.
  std::string quoted() {
    const char quote = text_[at_++];
    std::string literal;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\') literal += text_[at_++];
      if (at_ < text_.size()) literal += text_[at_++];
    }
    ++at_;
    return literal;
  }

  void take_raw() {
    const auto open = text_.find('(', at_);
    std::string end(1, ')');
    end.append(text_, at_ + 2, open - at_ - 2).push_back('"');
    at_ = open + 1;
    const auto first = at_;
    skip_behind(end);
    found_.push_back(text_.substr(first, at_ - first - end.size()));
  }

  std::string text_;
  std::size_t at_ = 0;
  std::vector<std::string> found_;
};

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

bool belongs_to_flag(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

/// Two hyphens, a letter, and the letters, digits, hyphens and underscores behind it.
void add_flags_of(std::string_view literal, Flags& flags) {
  while (true) {
    const auto dashes = literal.find("--");
    if (dashes == std::string_view::npos) return;
    literal.remove_prefix(dashes);
    const auto end = std::find_if_not(literal.begin(), literal.end(), belongs_to_flag);
    const auto length = static_cast<std::size_t>(end - literal.begin());
    if (length > 2 && is_letter(literal[2])) flags.emplace(literal.substr(0, length));
    literal.remove_prefix(length);
  }
}

Flags flags_in(const std::string& source) {
  Flags flags;
  for (const std::string& literal : Literals(source).run()) add_flags_of(literal, flags);
  return flags;
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Flags, AreNotWhatTheLibrarySpeaksOf) {
  std::map<std::string, Flags> found;
  for (const auto& entry : fs::recursive_directory_iterator("src")) {
    const auto extension = entry.path().extension();
    if (extension != ".cpp" && extension != ".h") continue;
    const Flags flags = flags_in(text_of(entry.path()));
    if (!flags.empty()) found[entry.path().generic_string()] = flags;
  }
  EXPECT_EQ(found, flags_of_others());
}

TEST(Flags, AreFoundInLiteralsAlone) {
  EXPECT_EQ(flags_in(R"cpp(fail(kind, "--beam_size: expected");)cpp"), Flags{"--beam_size"});
  EXPECT_EQ(flags_in("x = \"a\\\" (try --trust)\" + 'c';"), Flags{"--trust"});
  EXPECT_EQ(flags_in("R\"x(a \" --format)x\" + \"--base\""), (Flags{"--base", "--format"}));
  EXPECT_EQ(flags_in("const int n = 1'000; f(\"--name\");"), Flags{"--name"});
  EXPECT_EQ(flags_in("f('\"', \"--name\", '\\'');"), Flags{"--name"});
  EXPECT_EQ(flags_in("--count; // \"--name\"\n/* \"--name\" */ f(\" --> \", \"--\");"), Flags{});
}

}  // namespace
}  // namespace sotto
