#include "core/json/not_finite.h"

#include <array>
#include <limits>

namespace sotto {
namespace {

struct Word {
  std::string_view name;
  std::string_view placeholder;
  double value;
};
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::array<Word, 3> kWords{{
    {"NaN", "0.0", std::numeric_limits<double>::quiet_NaN()},
    {"Infinity", "0.000000", kInfinity},
    {"-Infinity", "-0.000000", -kInfinity},
}};

const Word* find_word(std::string_view name) {
  for (const Word& word : kWords) {
    if (word.name == name) return &word;
  }
  return nullptr;
}

// What words and numbers are made of.
bool is_of_word(char character) {
  return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
         (character >= 'A' && character <= 'Z') || character == '-' || character == '+' ||
         character == '.' || character == '_';
}

std::size_t end_of_string(std::string_view text, std::size_t begin) {
  for (std::size_t i = begin + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return text.size();
}

std::size_t end_of_word(std::string_view text, std::size_t begin) {
  while (begin < text.size() && is_of_word(text[begin])) ++begin;
  return begin;
}

bool begins_number(char character) {
  return character == '-' || (character >= '0' && character <= '9');
}

}  // namespace

FiniteText with_finite_numbers(std::string_view text) {
  FiniteText finite;
  std::size_t ordinal = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '"') {
      i = end_of_string(text, i);
      continue;
    }
    if (!is_of_word(text[i])) {
      ++i;
      continue;
    }
    const std::size_t end = end_of_word(text, i);
    const Word* word = find_word(text.substr(i, end - i));
    if (word != nullptr) {
      if (finite.text.empty()) finite.text = text;
      finite.text.replace(i, word->name.size(), word->placeholder);
      finite.numbers.push_back({ordinal, word->value});
    }
    if (word != nullptr || begins_number(text[i])) ++ordinal;
    i = end;
  }
  return finite;
}

}  // namespace sotto
