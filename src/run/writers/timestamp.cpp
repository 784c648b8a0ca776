#include "run/writers/timestamp.h"

#include <cmath>
#include <iomanip>
#include <sstream>

#include "core/base/error.h"
#include "core/base/rounding.h"

namespace sotto {
namespace {

constexpr std::int64_t kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute;

}  // namespace

std::int64_t milliseconds(double seconds) {
  constexpr double kMost = 1e15;  // thirty thousand years
  const double exact = seconds * 1000.0;
  if (!(std::abs(exact) <= kMost)) fail(ErrorKind::internal, "a time of ", seconds, " seconds");
  return round_half_even(exact);
}

std::string timestamp(std::int64_t milliseconds, const TimestampStyle& style) {
  if (milliseconds < 0) fail(ErrorKind::internal, "a time of ", milliseconds, " milliseconds");
  std::ostringstream text;
  text << std::setfill('0');
  if (style.hours == TimestampStyle::Hours::always || milliseconds >= kHour) {
    text << std::setw(2) << milliseconds / kHour << ':';
  }
  text << std::setw(2) << milliseconds % kHour / kMinute << ':'  //
       << std::setw(2) << milliseconds % kMinute / kSecond       //
       << style.decimal_marker << std::setw(3) << milliseconds % kSecond;
  return text.str();
}

std::string timestamp_of(double seconds) { return timestamp(milliseconds(seconds), {}); }

}  // namespace sotto
