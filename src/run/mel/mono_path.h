#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "run/mel/pcm_format.h"

namespace sotto {

/// From frames of uncompressed sound to 16 kHz mono samples of 16 bits, as libswresample gets there
/// by default: each channel to 16 kHz, then all of them into one (channel_weights()), then rounded.
/// It computes in the numbers that libswresample chooses: 16-bit integers where the samples have no
/// more, doubles where they are doubles, else floats.
class MonoPath {
 public:
  MonoPath() = default;
  virtual ~MonoPath() = default;
  MonoPath(const MonoPath&) = delete;
  MonoPath& operator=(const MonoPath&) = delete;

  /// `name` stands for the recording in messages. Throws unsupported where the rate is not from
  /// kLowestRate to kHighestRate, or nobody says how the channels are mixed.
  [[nodiscard]] static std::unique_ptr<MonoPath> make(const PcmFormat& format,
                                                      std::string_view name);

  /// Appends what whole frames give, which may be nothing yet.
  virtual void convert(std::span<const std::byte> frames, std::vector<std::int16_t>& out) = 0;

  /// Appends what is still held back, at the end.
  virtual void finish(std::vector<std::int16_t>& out) = 0;

  /// Whether one of several channels had a sample of more than a thousandth of full scale.
  [[nodiscard]] virtual bool channels_audible() const = 0;
};

}  // namespace sotto
