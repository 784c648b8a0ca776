#include "run/media/audible.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/samplefmt.h>
}

namespace sotto {
namespace {

constexpr double kAudible = 1e-3;

/// A sample as a part of full scale.
template <class T>
double level_of(T sample) {
  if constexpr (std::is_floating_point_v<T>) return std::abs(static_cast<double>(sample));
  constexpr double kZero = std::is_unsigned_v<T> ? 128.0 : 0.0;
  constexpr double kFull =
      std::is_unsigned_v<T> ? 128.0 : static_cast<double>(std::numeric_limits<T>::max());
  return std::abs(static_cast<double>(sample) - kZero) / kFull;
}

template <class T>
bool has_level(const AVFrame& frame) {
  const auto channels = static_cast<std::size_t>(frame.ch_layout.nb_channels);
  const bool planar = av_sample_fmt_is_planar(static_cast<AVSampleFormat>(frame.format)) != 0;
  const auto samples = static_cast<std::size_t>(frame.nb_samples);
  for (std::size_t plane = 0; plane < (planar ? channels : 1); ++plane) {
    const std::span values(reinterpret_cast<const T*>(frame.extended_data[plane]),
                           planar ? samples : samples * channels);
    if (std::any_of(values.begin(), values.end(),
                    [](T value) { return level_of(value) > kAudible; })) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool is_audible(const AVFrame& frame) {
  switch (av_get_packed_sample_fmt(static_cast<AVSampleFormat>(frame.format))) {
    case AV_SAMPLE_FMT_U8:
      return has_level<std::uint8_t>(frame);
    case AV_SAMPLE_FMT_S16:
      return has_level<std::int16_t>(frame);
    case AV_SAMPLE_FMT_S32:
      return has_level<std::int32_t>(frame);
    case AV_SAMPLE_FMT_S64:
      return has_level<std::int64_t>(frame);
    case AV_SAMPLE_FMT_FLT:
      return has_level<float>(frame);
    case AV_SAMPLE_FMT_DBL:
      return has_level<double>(frame);
    default:
      return false;
  }
}

}  // namespace sotto
