#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace sotto {

inline constexpr std::size_t kHop = 160;        ///< samples between frames
inline constexpr std::size_t kHalfFrame = 200;  ///< samples of a frame on either side of its centre
inline constexpr float kDynamicRange = 8;       ///< decades that are kept below the loudest value

/// The log10 mel energies of single frames, not yet clamped below the loudest value of a recording:
/// periodic Hann window, power spectrum, Slaney mel filters, at least 1e-10. The same frame gives
/// the same bits whichever recording or call it comes from. For one thread at a time.
class FrameMel {
 public:
  /// n_mels is 80 or 128 (the reference's filter banks); anything else throws unsupported.
  explicit FrameMel(std::int64_t n_mels);
  ~FrameMel();
  FrameMel(FrameMel&&) noexcept;
  FrameMel& operator=(FrameMel&&) noexcept;

  [[nodiscard]] std::size_t bins() const;

  /// `frame` points to 2 · kHalfFrame samples; the value of bin b goes to out[b · stride].
  void operator()(const float* frame, float* out, std::size_t stride);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Clamps log-mel values to kDynamicRange below `loudest` and brings them to the encoder's range.
void compress_range(std::span<float> log_mel, float loudest);

}  // namespace sotto
