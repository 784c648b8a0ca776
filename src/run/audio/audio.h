#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace sotto {

inline constexpr std::int64_t kSampleRate = 16000;  ///< Hz
inline constexpr std::int64_t kHopLength = 160;     ///< samples between mel frames (10 ms)

/// Appends 16-bit samples as numbers in [−1, 1).
void append_unit_samples(std::span<const std::int16_t> block, std::vector<float>& samples);

/// Reads a whole recording of any format that FFmpeg's libraries know as 16 kHz mono samples in
/// [−1, 1), rounded to 16 bits on the way as the reference's `ffmpeg … -f s16le -ac 1 -ar 16000`
/// does. Throws not_found, io, format (not audio, truncated to nothing) or unsupported (no audio
/// stream); usage when it lasts longer than `limit_seconds`, decided without decoding all of it.
[[nodiscard]] std::vector<float> decode_audio(const std::filesystem::path& path,
                                              double limit_seconds);

}  // namespace sotto
