#pragma once

struct AVFrame;

namespace sotto {

/// Whether a decoded frame has a sample, in any channel, of more than a thousandth of full scale.
/// False for formats that FFmpeg has no plain type for.
[[nodiscard]] bool is_audible(const AVFrame& frame);

}  // namespace sotto
