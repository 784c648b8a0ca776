#pragma once

#include <string_view>

namespace sotto {

enum class TextMatch {
  equal,
  letters_equal,  ///< only punctuation, spaces or upper and lower case differ
  different,
};

/// Compares two texts (UTF-8), surrounding spaces aside.
[[nodiscard]] TextMatch compare_texts(std::string_view a, std::string_view b);

}  // namespace sotto
