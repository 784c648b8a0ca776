#pragma once

#include <string_view>

// What text tells about itself, for the table of signatures. `text` is the beginning of a file.

namespace sotto {

/// Whether it is text at all: UTF-8 of whole characters, but for the last, and of control
/// characters only white space.
[[nodiscard]] bool is_plain_text(std::string_view text);

[[nodiscard]] bool is_web_page(std::string_view text);
[[nodiscard]] bool is_xml(std::string_view text);

/// The graph of an OpenVINO model, whose weights lie in a .bin beside it.
[[nodiscard]] bool is_openvino(std::string_view text);

[[nodiscard]] bool is_json(std::string_view text);

/// Begins with a line of a token in base64, a space and a rank.
[[nodiscard]] bool is_rank_file(std::string_view text);

}  // namespace sotto
