#pragma once

#include <string>
#include <string_view>

namespace sotto::cli {

/// A sentence of the library's with the options that it speaks of as they are typed: "--beam_size",
/// "--format tflite".
[[nodiscard]] std::string with_flags(std::string_view sentence);

// What comes from outside (names in files, what tools say, transcripts) may hold characters that a
// terminal obeys. These make text of it that it only shows; UTF-8 stays as it is otherwise.

/// Control characters but line feed and tab, and bytes that are no UTF-8, become \x1b.
[[nodiscard]] std::string shown(std::string_view text);

/// The same on one line: line feeds and tabs too, and what else separates lines or turns the
/// direction of writing around (\u202e).
[[nodiscard]] std::string shown_on_a_line(std::string_view text);

/// JSON of the same meaning: control characters become \u009b, bytes that are no UTF-8 U+FFFD. Line
/// feeds and tabs, which only stand between values, stay.
[[nodiscard]] std::string shown_json(std::string_view json);

}  // namespace sotto::cli
