#include "core/base/option.h"

#include <algorithm>
#include <ostream>

namespace sotto {
namespace {

// Private characters of Unicode, which no sentence has otherwise: U+E000, U+E001, U+E002 in UTF-8.
constexpr std::string_view kBegin = "\xEE\x80\x80";
constexpr std::string_view kValue = "\xEE\x80\x81";
constexpr std::string_view kEnd = "\xEE\x80\x82";

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

/// An option and how many bytes its mark takes; no name where `text` begins with no mark of ours,
/// for names of files may hold anything.
struct Marked {
  Option option;
  std::size_t bytes = 0;
};

Marked mark_at(std::string_view text) {
  const std::size_t end = text.find(kEnd);
  const std::size_t middle = text.find(kValue);
  if (!text.starts_with(kBegin) || end == text.npos || middle == text.npos || middle > end)
    return {};
  const std::string_view name = text.substr(kBegin.size(), middle - kBegin.size());
  const std::size_t begin = middle + kValue.size();
  const std::string_view value = text.substr(begin, end - begin);
  // A mark within one that somebody began and never ended is still a mark.
  if (!is_name(name) || value.find(kBegin) != value.npos) return {};
  return {{name, value}, end + kEnd.size()};
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Option& option) {
  return out << kBegin << option.name << kValue << option.value << kEnd;
}

std::string spell_options(std::string_view text, const OptionSpelling& spelling) {
  std::string spelled;
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find(kBegin), text.size());
    spelled += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const Marked marked = mark_at(text);
    const bool is_mark = marked.bytes != 0;
    spelled += is_mark ? spelling(marked.option) : std::string(kBegin);
    text.remove_prefix(is_mark ? marked.bytes : kBegin.size());
  }
  return spelled;
}

std::string spell_options(std::string_view text) {
  return spell_options(text, [](const Option& option) {
    std::string plain(option.name);
    if (!option.value.empty()) plain.append("=").append(option.value);
    return plain;
  });
}

std::vector<std::string> options_in(std::string_view text) {
  std::vector<std::string> names;
  (void)spell_options(text, [&](const Option& option) {
    names.emplace_back(option.name);
    return std::string();
  });
  return names;
}

}  // namespace sotto
