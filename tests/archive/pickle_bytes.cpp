#include "archive/pickle_bytes.h"

#include "archive/zip_bytes.h"
#include "core/base/error.h"

namespace sotto::test::pickled {
namespace {

std::string joined(const std::vector<std::string>& items) {
  std::string bytes;
  for (const std::string& item : items) bytes += item;
  return bytes;
}

// Bytes of an opcode of the pieces below and its argument, texts and names left out.
std::size_t size_of_opcode(const std::string& pickle, std::size_t place) {
  switch (pickle[place]) {
    case 'K':
      return 2;
    case 'M':
      return 3;
    case 'J':
      return 5;
    case '\x8a':
      return 2 + static_cast<unsigned char>(pickle[place + 1]);
    default:
      return 1;
  }
}

std::string short_text(const std::string& value) {
  return concat("\x8c", little_endian(value.size(), 1), value, "\x94");
}

}  // namespace

std::string in_protocol(int protocol, const std::string& pickle) {
  std::string body;
  for (std::size_t i = 2; i < pickle.size();) {
    if (pickle[i] == 'X') {
      const auto size = static_cast<unsigned char>(pickle[i + 1]);
      body += short_text(pickle.substr(i + 5, size));
      i += 5U + size;
    } else if (pickle[i] == 'c') {
      const std::size_t module = pickle.find('\n', i);
      const std::size_t name = pickle.find('\n', module + 1);
      body += short_text(pickle.substr(i + 1, module - i - 1)) +
              short_text(pickle.substr(module + 1, name - module - 1)) + "\x93\x94";
      i = name + 1;
    } else {
      const std::size_t size = size_of_opcode(pickle, i);
      body += pickle.substr(i, size);
      i += size;
    }
  }
  return concat("\x80", static_cast<char>(protocol), "\x95", little_endian(body.size(), 8), body);
}

std::string pickle(const std::string& value) { return concat("\x80\x02", value, "."); }

std::string none() { return "N"; }

std::string boolean(bool value) { return value ? "\x88" : "\x89"; }

std::string integer(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  if (value >= 0 && value < 256) return concat("K", little_endian(bits, 1));
  if (value >= 0 && value < 65536) return concat("M", little_endian(bits, 2));
  if (value >= INT32_MIN && value <= INT32_MAX) return concat("J", little_endian(bits, 4));
  return concat("\x8a\x08", little_endian(bits, 8));
}

std::string text(std::string_view value) {
  return concat("X", little_endian(value.size(), 4), value);
}

std::string global(std::string_view module, std::string_view name) {
  return concat("c", module, "\n", name, "\n");
}

std::string tuple(const std::vector<std::string>& items) { return concat("(", joined(items), "t"); }

std::string integers(const std::vector<std::int64_t>& items) {
  std::vector<std::string> pieces;
  pieces.reserve(items.size());
  for (const std::int64_t item : items) pieces.push_back(integer(item));
  return tuple(pieces);
}

std::string list(const std::vector<std::string>& items) { return concat("](", joined(items), "e"); }

std::string dict(const std::vector<std::string>& items) { return concat("}(", joined(items), "u"); }

std::string ordered_dict(const std::vector<std::string>& items) {
  return concat(global("collections", "OrderedDict"), ")R(", joined(items), "u");
}

std::string call(const std::string& function, const std::vector<std::string>& args) {
  return function + tuple(args) + "R";
}

}  // namespace sotto::test::pickled
