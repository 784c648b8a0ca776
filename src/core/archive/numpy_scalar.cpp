#include "core/archive/numpy_scalar.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace sotto {
namespace {

const std::vector<const PickleValue*>* arguments_of(const PickleValue& value,
                                                    std::string_view function) {
  const auto* call = value.as<PickleCall>();
  if (call == nullptr || call->function.name != function) return nullptr;
  return &call->arguments->as<PickleTuple>()->items;
}

// Protocol 2 has no bytes of its own: there they are the text of their Latin-1 characters, in
// UTF-8, and a call of encode().
std::optional<std::string> encoded(const PickleValue& value) {
  const auto* arguments = arguments_of(value, "encode");
  if (arguments == nullptr || arguments->empty()) return std::nullopt;
  const auto* text = (*arguments)[0]->as<std::string_view>();
  if (text == nullptr) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text->size(); ++i) {
    const auto first = static_cast<unsigned char>((*text)[i]);
    if (first < 0x80) {
      bytes += static_cast<char>(first);
      continue;
    }
    if ((first != 0xc2 && first != 0xc3) || ++i == text->size()) return std::nullopt;
    const auto second = static_cast<unsigned char>((*text)[i]);
    bytes += static_cast<char>((first & 3U) << 6U | (second & 0x3fU));
  }
  return bytes;
}

std::optional<std::string> bytes_of(const PickleValue& value) {
  if (const auto* bytes = value.as<PickleBytes>()) return std::string(bytes->bytes);
  return encoded(value);
}

struct IntegerType {
  bool is_signed;
  std::size_t width;
};

// dtype("i8", False, True), with (3, "<", …) for its state.
std::optional<IntegerType> integer_type(const PickleValue& value) {
  const auto* arguments = arguments_of(value, "dtype");
  if (arguments == nullptr || arguments->empty()) return std::nullopt;
  const auto* name = (*arguments)[0]->as<std::string_view>();
  constexpr std::string_view kWidths = "1248";
  if (name == nullptr || name->size() != 2 || ((*name)[0] != 'i' && (*name)[0] != 'u') ||
      kWidths.find((*name)[1]) == std::string_view::npos) {
    return std::nullopt;
  }
  return IntegerType{(*name)[0] == 'i', static_cast<std::size_t>((*name)[1] - '0')};
}

bool is_big_endian(const PickleValue& dtype) {
  const PickleValue* state = dtype.as<PickleCall>()->state;
  const auto* items = state == nullptr ? nullptr : state->as<PickleTuple>();
  if (items == nullptr || items->items.size() < 2) return false;
  const auto* order = items->items[1]->as<std::string_view>();
  return order != nullptr && *order == ">";
}

}  // namespace

std::optional<std::int64_t> pickled_integer(const PickleValue& value) {
  if (const auto* number = value.as<std::int64_t>()) return *number;
  const auto* arguments = arguments_of(value, "scalar");
  if (arguments == nullptr || arguments->size() != 2) return std::nullopt;
  const PickleValue& dtype = *(*arguments)[0];
  const auto type = integer_type(dtype);
  auto bytes = bytes_of(*(*arguments)[1]);
  if (!type || !bytes || bytes->size() != type->width) return std::nullopt;
  if (is_big_endian(dtype)) std::reverse(bytes->begin(), bytes->end());
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < bytes->size(); ++i) {
    bits |= std::uint64_t{static_cast<unsigned char>((*bytes)[i])} << (8 * i);
  }
  const std::uint64_t sign = std::uint64_t{1} << (8 * type->width - 1);
  if (type->is_signed) return static_cast<std::int64_t>((bits ^ sign) - sign);
  if (bits > INT64_MAX) return std::nullopt;
  return static_cast<std::int64_t>(bits);
}

}  // namespace sotto
