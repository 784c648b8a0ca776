#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <type_traits>
#include <utility>

#include "core/base/error.h"

namespace sotto::cli {

/// Turns one of these words into its value, and refuses others with those that there are.
template <class Value>
[[nodiscard]] CLI::Validator choice(std::map<std::string, Value> values) {
  const auto choose = [values = std::move(values)](std::string& word) -> std::string {
    if (const auto found = values.find(word); found != values.end()) {
      word = concat(static_cast<std::underlying_type_t<Value>>(found->second));
      return {};
    }
    std::string known;
    for (const auto& [name, value] : values) known += concat(known.empty() ? "" : ", ", name);
    return concat("expected one of ", known, ", found \"", word, '"');
  };
  return {choose, ""};
}

}  // namespace sotto::cli
