#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sotto {

/// The bytes that a token of a byte-level tokenizer stands for. Its file spells each byte as one
/// printable character (GPT-2's table: 33–126, 161–172 and 174–255 as themselves, the others in
/// their order from U+0100). nullopt when `token` (UTF-8) has another character.
[[nodiscard]] std::optional<std::string> bytes_of_token(std::string_view token);

}  // namespace sotto
