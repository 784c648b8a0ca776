#include "run/wire/framed_output.h"

#include <algorithm>
#include <charconv>

#include "core/base/error.h"

namespace sotto {
namespace {

constexpr std::size_t kMostNoise = 1 << 16;   // before the first mark
constexpr std::size_t kMostErrors = 1 << 16;  // behind the second

}  // namespace

void FramedOutput::give(std::string_view text) const {
  if (text.empty()) return;
  output_({reinterpret_cast<const std::byte*>(text.data()), text.size()});
}

void FramedOutput::add(std::span<const std::byte> piece) {
  held_.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  if (part_ == Part::before) {
    const auto found = held_.find(marks_.begin);
    if (found == std::string::npos) {
      if (held_.size() > kMostNoise) {
        fail(ErrorKind::unsupported, "expected the answer of a POSIX shell, found ", held_.size(),
             " bytes of other output");
      }
      return;
    }
    held_.erase(0, found + marks_.begin.size());
    part_ = Part::output;
  }
  if (part_ == Part::output) {
    const auto found = held_.find(marks_.end);
    const std::size_t safe = found != std::string::npos
                                 ? found
                                 : held_.size() - std::min(held_.size(), marks_.end.size() - 1);
    give(std::string_view(held_).substr(0, safe));
    held_.erase(0, safe);
    if (found == std::string::npos) return;
    held_.erase(0, marks_.end.size());
    part_ = Part::behind;
  }
  // The exit code comes first and is kept; of the rest as much as anybody reads.
  if (held_.size() > 2 * kMostErrors) held_.resize(kMostErrors);
}

std::optional<FramedEnd> FramedOutput::end() const {
  const auto line_end = held_.find('\n');
  if (part_ != Part::behind || line_end == std::string::npos) return std::nullopt;
  FramedEnd result;
  const auto [stopped, error] =
      std::from_chars(held_.data(), held_.data() + line_end, result.exit_code);
  if (error != std::errc() || stopped != held_.data() + line_end) return std::nullopt;
  result.errors = held_.substr(line_end + 1, kMostErrors);
  return result;
}

}  // namespace sotto
