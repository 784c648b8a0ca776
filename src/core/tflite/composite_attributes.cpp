#include "core/tflite/composite_attributes.h"

#include <cstddef>

#include "core/base/error.h"

namespace sotto {
namespace {

// Kinds of values, as the format numbers them. The others are passed over.
enum : std::uint8_t {
  kInt = 1,
  kUint = 2,
  kIndirectInt = 6,
  kIndirectUint = 7,
  kMap = 9,
  kString = 5
};

constexpr std::size_t kMost = 8;  // bytes of a number
constexpr unsigned kBitsPerByte = 8;

/// Kind and width of a value share a byte.
std::uint8_t kind_of(std::uint64_t packed) { return static_cast<std::uint8_t>(packed >> 2U); }
std::size_t width_of(std::uint64_t packed) { return std::size_t{1} << (packed & 3U); }

/// Reads what offsets lead to, all of which count backwards from where they stand.
class Reader {
 public:
  Reader(std::span<const std::uint8_t> bytes, const std::string& what)
      : bytes_(bytes), what_(what) {}

  /// Where the map lies: its values, with three numbers in front of them and a byte for the kind
  /// of each behind them, and its keys, with their number in front.
  struct Map {
    std::size_t values = 0, width = 0, keys = 0, key_width = 0, size = 0;
  };

  [[nodiscard]] Map map() const {
    if (bytes_.size() < 3) damaged();
    const std::size_t kind = bytes_.size() - 2, width = checked_width(bytes_.back());
    if (kind_of(bytes_[kind]) != kMap) damaged();
    Map map;
    map.width = width_of(bytes_[kind]);
    map.values = followed(before(kind, width), width);
    const std::size_t keys_offset = before(map.values, 3 * map.width);
    map.keys = followed(keys_offset, map.width);
    map.key_width = checked_width(number(keys_offset + map.width, map.width));
    map.size = number(before(map.values, map.width), map.width);
    if (number(before(map.keys, map.key_width), map.key_width) != map.size) damaged();
    if (map.size > bytes_.size()) damaged();
    return map;
  }

  [[nodiscard]] bool is_key(const Map& map, std::size_t index, std::string_view name) const {
    const std::size_t key = followed(map.keys + index * map.key_width, map.key_width);
    for (std::size_t i = 0; i < name.size(); ++i) {
      if (number(key + i, 1) != static_cast<std::uint8_t>(name[i])) return false;
    }
    return number(key + name.size(), 1) == 0;
  }

  [[nodiscard]] std::optional<std::int64_t> integer(const Map& map, std::size_t index) const {
    const std::uint64_t packed = number(map.values + map.size * map.width + index, 1);
    const std::size_t place = map.values + index * map.width;
    switch (kind_of(packed)) {
      case kInt:
      case kUint:
        return signed_number(place, map.width);
      case kIndirectInt:
      case kIndirectUint:
        return signed_number(followed(place, map.width), width_of(packed));
      default:
        return std::nullopt;
    }
  }

  [[nodiscard]] std::optional<std::string> text(const Map& map, std::size_t index) const {
    const std::uint64_t packed = number(map.values + map.size * map.width + index, 1);
    if (kind_of(packed) != kString) return std::nullopt;
    const std::size_t first = followed(map.values + index * map.width, map.width);
    const std::uint64_t length = number(before(first, width_of(packed)), width_of(packed));
    if (length > bytes_.size() - first) damaged();
    const auto letters = bytes_.subspan(first, static_cast<std::size_t>(length));
    return std::string(letters.begin(), letters.end());
  }

 private:
  [[noreturn]] void damaged() const { fail(ErrorKind::format, what_, " has damaged attributes"); }

  [[nodiscard]] std::size_t checked_width(std::uint64_t width) const {
    if (width != 1 && width != 2 && width != 4 && width != kMost) damaged();
    return static_cast<std::size_t>(width);
  }

  [[nodiscard]] std::size_t before(std::size_t place, std::uint64_t bytes) const {
    if (bytes > place) damaged();
    return place - static_cast<std::size_t>(bytes);
  }

  [[nodiscard]] std::size_t followed(std::size_t place, std::size_t width) const {
    return before(place, number(place, width));
  }

  [[nodiscard]] std::uint64_t number(std::size_t place, std::size_t width) const {
    if (place > bytes_.size() || width > bytes_.size() - place) damaged();
    std::uint64_t value = 0;
    for (std::size_t i = width; i > 0; --i) value = value << kBitsPerByte | bytes_[place + i - 1];
    return value;
  }

  [[nodiscard]] std::int64_t signed_number(std::size_t place, std::size_t width) const {
    const auto shift = static_cast<unsigned>(kMost - width) * kBitsPerByte;
    return static_cast<std::int64_t>(number(place, width) << shift) >> shift;
  }

  std::span<const std::uint8_t> bytes_;
  const std::string& what_;
};

/// What `take` reads of the attribute of that name.
template <class Value>
std::optional<Value> attribute(std::span<const std::uint8_t> bytes, std::string_view name,
                               const std::string& what,
                               std::optional<Value> (Reader::*take)(const Reader::Map&, std::size_t)
                                   const) {
  const Reader reader(bytes, what);
  const Reader::Map map = reader.map();
  for (std::size_t i = 0; i < map.size; ++i) {
    if (reader.is_key(map, i, name)) return (reader.*take)(map, i);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> integer_attribute(std::span<const std::uint8_t> bytes,
                                              std::string_view name, const std::string& what) {
  return attribute(bytes, name, what, &Reader::integer);
}

std::optional<std::string> text_attribute(std::span<const std::uint8_t> bytes,
                                          std::string_view name, const std::string& what) {
  return attribute(bytes, name, what, &Reader::text);
}

}  // namespace sotto
