#include "run/doctor/known_socs.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/base/error.h"
#include "core/base/text.h"

namespace sotto {
namespace {

constexpr std::string_view kMdla20 =
    "its NPU (MDLA 2.0) is documented as not for transformer models, and Whisper is one";

constexpr auto kSocs = std::to_array<KnownSoc>({
    {"mt8371", "Genio 520", "mt8189", "mdla5.3", ""},
    {"mt8391", "Genio 720", "mt8189", "mdla5.3", ""},
    {"mt8189", "Kompanio 540", "mt8189", "mdla5.3", ""},
    {"mt6899", "Dimensity 8400", "mt6899", "mdla5.5", ""},
    {"mt6991", "Dimensity 9400", "mt6991", "mdla5.5", ""},
    {"mt8370", "Genio 510", "mt8188", "mdla3.0", ""},
    {"mt8390", "Genio 700", "mt8188", "mdla3.0", ""},
    {"mt8188", "Kompanio 838", "mt8188", "mdla3.0", ""},
    {"mt8395", "Genio 1200", "mt8395", "mdla2.0", kMdla20},
    {"mt6853", "Dimensity 720", "mt6853", "", ""},
    {"mt6877", "Dimensity 900", "mt6877", "", ""},
    {"mt6878", "Dimensity 7300", "mt6878", "", ""},
    {"mt6879", "", "mt6879", "", ""},
    {"mt6886", "Dimensity 7200", "mt6886", "", ""},
    {"mt6893", "Dimensity 1200", "mt6893", "", ""},
    {"mt6895", "Dimensity 8100", "mt6895", "", ""},
    {"mt6897", "Dimensity 8300", "mt6897", "", ""},
    {"mt6983", "Dimensity 9000", "mt6983", "mdla3.0", ""},
    {"mt6985", "Dimensity 9200", "mt6985", "", ""},
    {"mt6989", "Dimensity 9300", "mt6989", "", ""},
    {"mt6993", "Dimensity 9500", "mt6993", "", ""},
    {"mt8171", "", "mt8171", "", ""},
});

constexpr std::size_t kNameLength = 6;

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_letter_or_digit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

}  // namespace

std::span<const KnownSoc> known_socs() { return kSocs; }

const KnownSoc* find_soc(std::string_view name) {
  const auto found = std::find_if(kSocs.begin(), kSocs.end(),
                                  [&](const KnownSoc& soc) { return soc.name == name; });
  return found == kSocs.end() ? nullptr : &*found;
}

std::string family_of(std::string_view name) {
  const KnownSoc* soc = find_soc(name);
  return std::string(soc == nullptr ? name : soc->family);
}

std::string shown_soc(std::string_view name) {
  std::string upper(name);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const KnownSoc* soc = find_soc(name);
  if (soc == nullptr || soc->marketing.empty()) return upper;
  return concat(upper, " (", soc->marketing, ')');
}

std::vector<std::string> socs_in(std::string_view text) {
  const std::string lower = lower_case(text);
  std::vector<std::string> names;
  for (std::size_t at = lower.find("mt"); at != std::string::npos; at = lower.find("mt", at + 1)) {
    const std::string name = lower.substr(at, kNameLength);
    const bool begins = at == 0 || !is_letter_or_digit(lower[at - 1]);
    const bool ends = at + kNameLength >= lower.size() || !is_digit(lower[at + kNameLength]);
    const bool is_name =
        name.size() == kNameLength && std::all_of(name.begin() + 2, name.end(), is_digit);
    if (begins && ends && is_name) names.push_back(name);
  }
  return names;
}

}  // namespace sotto
