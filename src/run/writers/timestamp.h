#pragma once

#include <cstdint>
#include <string>

namespace sotto {

struct TimestampStyle {
  enum class Hours { where_needed, always };
  Hours hours = Hours::where_needed;
  char decimal_marker = '.';
};

/// Seconds to whole milliseconds, of two equally near ones the even one. Throws internal for a
/// number that is not finite or whose milliseconds nobody could count.
[[nodiscard]] std::int64_t milliseconds(double seconds);

/// "01:02.345", "01:00:02.345". Throws internal for negative milliseconds.
[[nodiscard]] std::string timestamp(std::int64_t milliseconds, const TimestampStyle& style);

/// The same for seconds.
[[nodiscard]] std::string timestamp_of(double seconds);

}  // namespace sotto
