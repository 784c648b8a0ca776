#include "progress_bar.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "core/base/error.h"
#include "shown.h"
#include "table.h"

namespace sotto::cli {
namespace {

/// "1:05", "1:00:05".
std::string clock(double seconds) {
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 60 * kMinute;
  const auto whole = static_cast<std::int64_t>(std::llround(std::max(seconds, 0.0)));
  const auto two_digits = [](std::int64_t number) {
    return concat(number < 10 ? "0" : "", number);
  };
  const std::string tail = two_digits(whole % kMinute);
  if (whole < kHour) return concat(whole / kMinute, ":", tail);
  return concat(whole / kHour, ":", two_digits(whole % kHour / kMinute), ":", tail);
}

/// At most that many columns of well-formed text, with dots for what is missing.
std::string shortened(std::string text) {
  constexpr std::size_t kMost = 16;
  if (display_width(text) <= kMost) return text;
  const auto continues = [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
  };
  while (display_width(text) > kMost - 3) {
    while (continues(text.back())) text.pop_back();
    text.pop_back();
  }
  return text + "...";
}

}  // namespace

std::string progress_bar(const RecordingProgress& progress) {
  constexpr std::size_t kWidth = 10;
  const double part =
      progress.length > 0 ? std::clamp(progress.done / progress.length, 0.0, 1.0) : 1.0;
  const auto filled = static_cast<std::size_t>(part * static_cast<double>(kWidth));
  std::string text =
      concat(shortened(shown_on_a_line(progress.name)), " [", std::string(filled, '#'),
             std::string(kWidth - filled, '-'), "] ", std::floor(part * 100), "%  ",
             clock(progress.done), " of ", clock(progress.length));
  if (progress.done <= 0 || progress.elapsed <= 0) return text;
  const double speed = progress.done / progress.elapsed;
  return concat(text, ", ", fixed(speed, 1), "x, ",
                clock((progress.length - progress.done) / speed), " left");
}

}  // namespace sotto::cli
