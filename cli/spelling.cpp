#include "spelling.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/base/error.h"

namespace sotto::cli {
namespace {

/// "--name" of "--name=value", and the rest.
struct LongOption {
  std::string name, value;
};

LongOption split(const std::string& word) {
  const std::size_t sign = word.find('=');
  if (sign == std::string::npos) return {word, ""};
  return {word.substr(0, sign), word.substr(sign)};
}

/// The option of that name, or null. CLI11's own look-up ends the program where memory is short.
const CLI::Option* find_option(const CLI::App& command, const std::string& name) {
  const auto found =
      command.get_options([&](const CLI::Option* option) { return option->check_name(name); });
  return found.empty() ? nullptr : found.front();
}

/// The name under which `command` knows the option; as it is when it knows none.
std::string known_name(const CLI::App& command, const std::string& name) {
  std::string other = name;
  std::replace(other.begin() + 2, other.end(), '-', '_');
  const bool is_other =
      find_option(command, name) == nullptr && find_option(command, other) != nullptr;
  return is_other ? other : name;
}

bool is_option(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

class Speller {
 public:
  Speller(const CLI::App& command, const std::vector<std::string>& words)
      : command_(command), words_(words) {}

  std::vector<std::string> run() {
    while (next_ < words_.size() && words_[next_] != "--") {
      if (is_option(words_[next_])) {
        take_option();
      } else {
        result_.push_back(words_[next_++]);
      }
    }
    result_.insert(result_.end(), words_.begin() + static_cast<std::ptrdiff_t>(next_),
                   words_.end());
    return std::move(result_);
  }

 private:
  void take_option() {
    const std::string& word = words_[next_++];
    const bool is_long = word.starts_with("--");
    const auto [written, value] = is_long ? split(word) : LongOption{word, ""};
    const std::string name = is_long ? known_name(command_, written) : written;
    const CLI::Option* option = find_option(command_, name);
    result_.push_back(name + value);
    if (option == nullptr || !value.empty()) return;
    if (option->get_type_name() == kSwitchType) {
      result_.back() += concat("=", is_truth_value_next() ? words_[next_++] : "True");
    } else if (option->get_items_expected_min() > 0 && next_ < words_.size()) {
      result_.push_back(words_[next_++]);
    }
  }

  [[nodiscard]] bool is_truth_value_next() const {
    return next_ < words_.size() && (words_[next_] == "True" || words_[next_] == "False");
  }

  const CLI::App& command_;
  const std::vector<std::string>& words_;
  std::size_t next_ = 0;
  std::vector<std::string> result_;
};

}  // namespace

std::vector<std::string> spelled_for(const CLI::App& command,
                                     const std::vector<std::string>& words) {
  return Speller(command, words).run();
}

}  // namespace sotto::cli
