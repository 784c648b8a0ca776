#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "run/mel/pcm_format.h"

namespace sotto {

/// What a WAV file's fmt chunk says: WAVEFORMAT, PCMWAVEFORMAT, WAVEFORMATEX or
/// WAVEFORMATEXTENSIBLE. `name` stands for the file in messages. Throws format where it is too
/// short or says what cannot be, unsupported for sound that is compressed or of another kind.
[[nodiscard]] PcmFormat read_wav_format(std::span<const std::byte> chunk, bool big_endian,
                                        std::string_view name);

}  // namespace sotto
