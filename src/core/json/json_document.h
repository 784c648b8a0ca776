#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"

namespace sotto {

/// What a reader of JSON expects; the same limits hold for all of them besides: nesting of 16 and
/// 2^20 keys and values together, which bounds the memory that a text can ask for.
struct JsonRules {
  /// NaN, Infinity and -Infinity are no JSON, but Python writes and reads them.
  enum class NotFinite { refused, taken };

  std::string_view what = "JSON";  ///< in messages: "expected <what>, found …"
  std::size_t most_bytes = std::size_t{16} << 20;
  NotFinite not_finite = NotFinite::refused;
};

/// For what Python's json module wrote: NaN and the infinities are numbers in it. Printed they
/// become null.
inline constexpr JsonRules kPythonJson{.not_finite = JsonRules::NotFinite::taken};

/// Parses untrusted JSON whose top is an object. This is the one place where JSON from outside is
/// parsed: what it gives can be copied, compared and printed without a thought for its depth.
/// Throws format, naming `source`, when it is malformed, names a key twice, nests too deep or holds
/// a number that no number type holds; unsupported when it exceeds the limits of size.
[[nodiscard]] nlohmann::json parse_json(std::span<const std::byte> bytes, const std::string& source,
                                        const JsonRules& rules = {});

/// The same, with anything at the top.
[[nodiscard]] nlohmann::json parse_any_json(std::span<const std::byte> bytes,
                                            const std::string& source, const JsonRules& rules = {});

/// parse_json(), its members in the order of the text.
[[nodiscard]] std::vector<std::pair<std::string, nlohmann::json>> parse_json_members(
    std::span<const std::byte> bytes, const std::string& source, const JsonRules& rules = {});

/// The keys of an object inside that of parse_json(), which has it under `key`, in the order of the
/// text; none where there is no such object.
[[nodiscard]] std::vector<std::string> json_keys_of(std::span<const std::byte> bytes,
                                                    const std::string& key,
                                                    const std::string& source,
                                                    const JsonRules& rules = {});

/// parse_json() for a file.
[[nodiscard]] nlohmann::json read_json(const std::filesystem::path& path,
                                       const JsonRules& rules = {});

/// The integer of a key. Throws format, naming `source` and the key, when there is none.
[[nodiscard]] std::int64_t integer_of(const nlohmann::json& object, const std::string& key,
                                      const std::string& source);

/// The value as an integer, if it is one that int64 holds.
[[nodiscard]] std::optional<std::int64_t> as_integer(const nlohmann::json& value);

}  // namespace sotto
