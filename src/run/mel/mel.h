#pragma once

#include <cstdint>
#include <span>

#include "core/base/tensor.h"

namespace sotto {

/// Log-mel spectrogram as openai/whisper computes it (audio.py): periodic Hann window of 400, hop
/// 160, centred frames with reflected edges, power spectrum, Slaney mel filters, log10 clamped to 8
/// below the recording's maximum, (x + 4) / 4. Returns float32 [n_mels, samples / 160].
/// n_mels is 80 or 128 (the reference's filter banks); anything else throws unsupported.
/// Samples are mono 16 kHz in [−1, 1]; fewer than 201 (nothing to reflect) throw usage.
[[nodiscard]] Tensor log_mel_spectrogram(std::span<const float> samples, std::int64_t n_mels);

/// The mel of one window: `samples` (at most frames · 160) followed by silence up to frames · 160.
/// Returns [1, n_mels, frames], the encoder's input.
[[nodiscard]] Tensor window_mel(std::span<const float> samples, std::int64_t n_mels,
                                std::int64_t frames);

}  // namespace sotto
