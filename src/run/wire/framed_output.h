#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sotto {

/// What a command on a device gave.
struct FramedEnd {
  int exit_code = 0;
  std::string errors;
};

/// Takes the answer of a device apart, in which the output stands between two marks that nobody
/// guesses, and behind them the exit code and the standard error: a profile may print before them,
/// a wire may merge what it should keep apart, and without the second mark the answer is not whole.
class FramedOutput {
 public:
  struct Marks {
    std::string begin, end;
  };
  /// `output` is told what stands between the marks.
  FramedOutput(Marks marks, std::function<void(std::span<const std::byte>)> output)
      : marks_(std::move(marks)), output_(std::move(output)) {}

  /// More of the answer. Throws unsupported where something else than an answer comes at length.
  void add(std::span<const std::byte> piece);

  /// What stands behind the output; absent where the answer is not whole.
  [[nodiscard]] std::optional<FramedEnd> end() const;

 private:
  enum class Part { before, output, behind };
  void give(std::string_view text) const;

  Marks marks_;
  std::function<void(std::span<const std::byte>)> output_;
  Part part_ = Part::before;
  std::string held_;  ///< of the part at hand, what may be the beginning of a mark
};

}  // namespace sotto
