#include "core/base/error.h"

#include <string_view>

namespace sotto {
namespace {

/// Names out of files, and the user's own, may hold line feeds and worse.
std::string on_one_line(std::string_view message) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string line;
  line.reserve(message.size());
  for (const char character : message) {
    const auto code = static_cast<unsigned char>(character);
    if (code >= 0x20 && code != 0x7f) {
      line += character;
    } else {
      line += {'\\', 'x', kDigits[code >> 4], kDigits[code & 15]};
    }
  }
  return line;
}

}  // namespace

Error::Error(ErrorKind kind, const std::string& message)
    : std::runtime_error(on_one_line(spell_options(message))),
      kind_(kind),
      message_(on_one_line(message)) {}

}  // namespace sotto
