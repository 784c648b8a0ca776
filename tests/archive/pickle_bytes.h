#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

// Pieces of pickles, as text: pickle(dict({text("dims"), integer(3)})). What a piece leaves on the
// pickle machine's stack is the value that it is named after.
namespace sotto::test::pickled {

/// A whole pickle of protocol 2.
[[nodiscard]] std::string pickle(const std::string& value);

/// The same as Python writes it in protocol 4 or 5: in a frame, names from the stack, texts short
/// and memoized. For pickles made of the pieces here, with texts below 256 bytes.
[[nodiscard]] std::string in_protocol(int protocol, const std::string& pickle);

[[nodiscard]] std::string none();
[[nodiscard]] std::string boolean(bool value);
[[nodiscard]] std::string integer(std::int64_t value);
[[nodiscard]] std::string text(std::string_view value);
[[nodiscard]] std::string global(std::string_view module, std::string_view name);
[[nodiscard]] std::string tuple(const std::vector<std::string>& items);
[[nodiscard]] std::string integers(const std::vector<std::int64_t>& items);
[[nodiscard]] std::string list(const std::vector<std::string>& items);

/// Keys and values in turn.
[[nodiscard]] std::string dict(const std::vector<std::string>& items);
[[nodiscard]] std::string ordered_dict(const std::vector<std::string>& items);
[[nodiscard]] std::string call(const std::string& function, const std::vector<std::string>& args);

}  // namespace sotto::test::pickled
