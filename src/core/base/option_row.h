#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sotto {

/// What an option's number lies within, both ends included.
struct OptionRange {
  double least = 0;
  double most = 0;
};

/// Whether the outputs depend on an option: a record of a job that leaves one out of these takes
/// two different jobs for the same.
enum class OptionEffect { outputs, none };

/// All there is to know of one option, once: what reads, shows, checks and records options goes by
/// tables of these. `Fields` are pointers to the members that hold values: std::visit() gives the
/// one of a row, and std::invoke() the value. `Topic` is an enum of what the options are about.
template <class Topic, class... Fields>
struct OptionRow {
  std::string_view name;  ///< as an Option has it
  Topic topic{};
  std::string_view placeholder;  ///< of its value: "INT|None" where None stands for no value
  std::string help;              ///< a phrase, with options marked for spell_options()
  std::variant<Fields...> field;
  OptionEffect effect = OptionEffect::outputs;
  std::optional<OptionRange> range = {};  ///< of the number, or of each in a list
  std::string_view recorded_as = {};      ///< in records of jobs; empty: by its name
};

}  // namespace sotto
