#include "core/archive/printable.h"

namespace sotto {

std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 96;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char character : text.substr(0, kLongest)) {
    const auto code = static_cast<unsigned char>(character);
    if (code >= 0x20 && code < 0x7f) {
      out += character;
    } else {
      out += {'\\', 'x', kDigits[code >> 4], kDigits[code & 15]};
    }
  }
  if (text.size() > kLongest) out += "…";
  return out;
}

}  // namespace sotto
