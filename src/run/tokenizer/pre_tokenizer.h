#pragma once

#include <functional>
#include <memory>
#include <string_view>

namespace sotto {

/// Cuts text into the pieces inside of which bytes may be merged: GPT-2's split pattern, with the
/// Unicode 16 character classes that tiktoken 0.14 has.
class PreTokenizer {
 public:
  PreTokenizer();
  ~PreTokenizer();
  PreTokenizer(PreTokenizer&&) noexcept;
  PreTokenizer& operator=(PreTokenizer&&) noexcept;

  /// Calls `on_piece` for each piece of `text` (well-formed UTF-8) in order; together they are
  /// `text`.
  void split(std::string_view text, const std::function<void(std::string_view)>& on_piece) const;

 private:
  struct Pattern;
  std::unique_ptr<Pattern> pattern_;
};

}  // namespace sotto
