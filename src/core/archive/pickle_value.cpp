#include <array>
#include <string>
#include <string_view>
#include <variant>

#include "core/archive/pickle_reader.h"
#include "core/base/error.h"

namespace sotto {

std::string_view kind_of(const PickleValue& value) {
  static constexpr std::array<std::string_view, 14> kNames{
      "nothing", "a truth value",   "an integer", "a number", "a text",
      "bytes",   "a tuple",         "a list",     "a set",    "a dict",
      "a name",  "a persistent id", "a call",     "an object"};
  static_assert(kNames.size() == std::variant_size_v<decltype(value.data)>);
  return kNames[value.data.index()];
}

std::string to_string(const PickleGlobal& global) {
  return concat(global.module, ".", global.name);
}

const PickleValue* find(const PickleDict& dict, std::string_view key) {
  const PickleValue* found = nullptr;
  for (const auto& item : dict.items) {
    const auto* text = item.first->as<std::string_view>();
    if (text != nullptr && *text == key) found = item.second;
  }
  return found;
}

}  // namespace sotto
