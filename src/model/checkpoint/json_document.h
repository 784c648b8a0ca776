#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "nlohmann/json.hpp"

namespace sotto {

/// Parses untrusted JSON whose top is an object. Throws format, naming `source`, when it is
/// malformed, names a key twice or nests deeper than 16; unsupported when it exceeds 16 MiB.
[[nodiscard]] nlohmann::json parse_json(std::span<const std::byte> bytes,
                                        const std::string& source);

/// The same for a file.
[[nodiscard]] nlohmann::json read_json(const std::filesystem::path& path);

/// The integer of a key. Throws format, naming `source` and the key, when there is none.
[[nodiscard]] std::int64_t integer_of(const nlohmann::json& object, const std::string& key,
                                      const std::string& source);

/// The value as an integer, if it is one that int64 holds.
[[nodiscard]] std::optional<std::int64_t> as_integer(const nlohmann::json& value);

}  // namespace sotto
