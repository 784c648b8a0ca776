#include "run/mel/pcm_format.h"

#include <array>
#include <charconv>
#include <optional>

#include "core/base/error.h"

namespace sotto {
namespace {

constexpr std::int64_t kMostChannels = 8;

struct NamedCode {
  std::string_view name;
  SampleCode code;
  std::size_t bytes;
};
constexpr std::array kNamedCodes{NamedCode{"s16le", SampleCode::signed_integer, 2},
                                 NamedCode{"f32le", SampleCode::floating, 4}};

[[noreturn]] void refuse(std::string_view text) {
  fail(ErrorKind::usage, Option{"pcm"}, ": expected s16le or f32le, a rate from ", kLowestRate,
       " to ", kHighestRate, " Hz and 1 to ", kMostChannels,
       " channels, as in s16le,16000,1, found \"", text, "\"");
}

/// The part up to the next comma, which goes with it.
std::string_view take_part(std::string_view& rest) {
  const std::size_t comma = rest.find(',');
  const std::string_view part = rest.substr(0, comma);
  rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  return part;
}

std::optional<std::int64_t> number_from(std::string_view part, std::int64_t least,
                                        std::int64_t most) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
  if (error != std::errc() || end != part.data() + part.size()) return std::nullopt;
  if (number < least || number > most) return std::nullopt;
  return number;
}

std::string_view kind_of(SampleCode code) {
  switch (code) {
    case SampleCode::unsigned_integer:
    case SampleCode::signed_integer:
      return "-bit integers";
    case SampleCode::floating:
      return "-bit floats";
    case SampleCode::a_law:
      return "-bit A-law";
    case SampleCode::mu_law:
      return "-bit µ-law";
  }
  fail(ErrorKind::internal, "sample code: found one without a name");
}

}  // namespace

PcmFormat parse_pcm_format(std::string_view text) {
  std::string_view rest = text;
  const std::string_view name = take_part(rest);
  const auto rate = number_from(take_part(rest), kLowestRate, kHighestRate);
  const auto channels = number_from(rest, 1, kMostChannels);
  for (const NamedCode& named : kNamedCodes) {
    if (named.name != name || !rate || !channels) continue;
    PcmFormat format;
    format.code = named.code;
    format.sample_bytes = named.bytes;
    format.rate = *rate;
    format.channels = static_cast<std::size_t>(*channels);
    return format;
  }
  refuse(text);
}

std::string describe(const PcmFormat& format) {
  return concat(format.rate, " Hz, ", format.channels,
                format.channels == 1 ? " channel" : " channels", " of ", 8 * format.sample_bytes,
                kind_of(format.code));
}

}  // namespace sotto
