#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sotto {

/// One attribute of a composite or a custom operator: the integer of that name in a map in the
/// flexbuffer format, untrusted. Absent where there is none of that name, and where it is no
/// integer. Throws format with a sentence that begins with `what` ("operator 3") when the bytes
/// hold no map, or one that leads out of them.
[[nodiscard]] std::optional<std::int64_t> integer_attribute(std::span<const std::uint8_t> bytes,
                                                            std::string_view name,
                                                            const std::string& what);

/// The text of that name, in the same way.
[[nodiscard]] std::optional<std::string> text_attribute(std::span<const std::uint8_t> bytes,
                                                        std::string_view name,
                                                        const std::string& what);

}  // namespace sotto
