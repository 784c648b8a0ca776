#include "run/doctor/system_facts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <map>
#include <sys/utsname.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif
#ifdef __ANDROID__
#include <sys/system_properties.h>
#endif

#include "core/base/error.h"
#include "core/base/text.h"
#include "run/doctor/known_socs.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostText = 1 << 16;

/// A text without what ends its lines and strings.
std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\0' || text.back() == '\n' || text.back() == ' ')) {
    text.pop_back();
  }
  return text;
}

template <class Use>
void for_each_line(std::string_view text, const Use& use) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    use(line);
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
}

/// What stands behind "key" and a separator in a line of a text; empty where there is no such line.
std::string value_of(std::string_view text, std::string_view key, char separator) {
  std::string value;
  for_each_line(text, [&](std::string_view line) {
    const auto at = line.find(separator);
    if (at == std::string_view::npos || !value.empty()) return;
    if (strip_white_space(line.substr(0, at)) == key) {
      value = strip_white_space(line.substr(at + 1));
    }
  });
  return value;
}

constexpr auto kPropertyFiles = std::to_array<std::string_view>(
    {"vendor/build.prop", "system/build.prop", "odm/etc/build.prop", "product/etc/build.prop"});
constexpr auto kSocProperties = std::to_array<const char*>(
    {"ro.soc.model", "ro.board.platform", "ro.hardware", "ro.vendor.mediatek.platform"});

/// Android's properties.
class Properties {
 public:
  explicit Properties(const fs::path& root) : is_own_(root == "/") {
    for (const std::string_view file : kPropertyFiles) {
      texts_.push_back(text_of(root / file, kMostText));
    }
  }
  [[nodiscard]] std::string get(const char* name) const {
#ifdef __ANDROID__
    std::array<char, PROP_VALUE_MAX> value{};
    if (is_own_ && __system_property_get(name, value.data()) > 0) return value.data();
#endif
    for (const std::string& text : texts_) {
      if (std::string value = value_of(text, name, '='); !value.empty()) return value;
    }
    return {};
  }
  [[nodiscard]] bool is_own() const { return is_own_; }

 private:
  bool is_own_;
  std::vector<std::string> texts_;
};

/// The first chip that a source names; one that is known before one that is not.
void take_soc(std::string_view text, const std::string& source, SystemFacts& facts) {
  const std::vector<std::string> names = socs_in(text);
  if (names.empty() || find_soc(facts.soc) != nullptr) return;
  const auto known = std::find_if(names.begin(), names.end(), [](const std::string& name) {
    return find_soc(name) != nullptr;
  });
  if (known == names.end() && !facts.soc.empty()) return;
  facts.soc = known == names.end() ? names.front() : *known;
  facts.soc_source = source;
}

void find_board(const fs::path& root, const Properties& properties, SystemFacts& facts) {
  facts.board = trimmed(text_of(root / "proc/device-tree/model", kMostText));
  for (const char* file : {"proc/device-tree/compatible", "proc/device-tree/model",
                           "sys/devices/soc0/machine", "sys/devices/soc0/soc_id"}) {
    std::string text = text_of(root / file, kMostText);
    std::replace(text.begin(), text.end(), '\0', '\n');
    take_soc(text, concat('/', file), facts);
  }
  for (const char* name : kSocProperties) take_soc(properties.get(name), name, facts);
  if (facts.board.empty()) facts.board = properties.get("ro.product.model");
  if (facts.board.empty()) {
    facts.board = trimmed(text_of(root / "sys/devices/virtual/dmi/id/product_name", kMostText));
  }
}

void find_system(const fs::path& root, const Properties& properties, SystemFacts& facts) {
  facts.os = value_of(text_of(root / "etc/os-release", kMostText), "PRETTY_NAME", '=');
  std::erase(facts.os, '"');
  if (const std::string android = properties.get("ro.build.version.release"); !android.empty()) {
    facts.os = "Android " + android;
  }
  facts.kernel = trimmed(text_of(root / "proc/sys/kernel/osrelease", kMostText));
  if (properties.is_own()) {
    ::utsname names{};
    if (::uname(&names) == 0) {
      facts.architecture = names.machine;
      if (facts.kernel.empty()) facts.kernel = names.release;
    }
#ifdef __GLIBC__
    facts.c_library = concat("glibc ", ::gnu_get_libc_version());
#elif defined(__ANDROID__)
    facts.c_library = "Android's";
#endif
  }
}

/// Kilobytes of a line of /proc/meminfo, as bytes.
std::uint64_t bytes_of(std::string_view text, std::string_view key) {
  const std::string value = value_of(text, key, ':');
  std::uint64_t kilobytes = 0;
  std::from_chars(value.data(), value.data() + value.size(), kilobytes);
  return kilobytes <= (std::uint64_t{1} << 50U) ? kilobytes << 10U : 0;
}

}  // namespace

std::string text_of(const fs::path& path, std::size_t most) {
  std::error_code error;
  if (fs::is_fifo(path, error) || fs::is_directory(path, error)) return {};
  std::ifstream file(path, std::ios::binary);
  std::string text(most, '\0');
  file.read(text.data(), static_cast<std::streamsize>(most));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file.gcount())));
  return text;
}

SystemFacts system_facts(const fs::path& root) {
  constexpr std::size_t kMostProcessors = 1 << 20;
  SystemFacts facts;
  const Properties properties(root);
  find_board(root, properties, facts);
  find_system(root, properties, facts);
  add_processors(text_of(root / "proc/cpuinfo", kMostProcessors), facts);
  const std::string memory = text_of(root / "proc/meminfo", kMostText);
  facts.memory_bytes = bytes_of(memory, "MemTotal");
  facts.available_bytes = bytes_of(memory, "MemAvailable");
  return facts;
}

}  // namespace sotto
