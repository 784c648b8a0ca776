#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace sotto {

/// An option of whoever uses the library, in a sentence of the library's: what it is called there
/// (a flag, a field, an argument) is for its user to say. Streaming one writes a mark that
/// spell_options() finds; so a sentence may be put together in parts.
struct Option {
  std::string_view name;     ///< "beam_size"; letters, digits, '_' and '-'
  std::string_view value{};  ///< what it is to be set to; empty where that is not the point
};
std::ostream& operator<<(std::ostream& out, const Option& option);

/// How a user spells an option: "--beam_size 5".
using OptionSpelling = std::function<std::string(const Option&)>;

/// `text` with every option in it spelled so.
[[nodiscard]] std::string spell_options(std::string_view text, const OptionSpelling& spelling);

/// The same in the library's own words: the option's name and, where it has one, "=" and the value.
[[nodiscard]] std::string spell_options(std::string_view text);

/// The names of the options in a text, in their order.
[[nodiscard]] std::vector<std::string> options_in(std::string_view text);

}  // namespace sotto
