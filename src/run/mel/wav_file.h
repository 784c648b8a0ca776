#pragma once

#include <cstdint>

#include "core/base/input_file.h"
#include "run/mel/pcm_format.h"

namespace sotto {

/// Where in a file uncompressed sound lies, and what it is made of.
struct PcmData {
  PcmFormat format;
  std::uint64_t begin = 0;  ///< bytes
  std::uint64_t size = 0;   ///< bytes that are there: whole frames
};

/// Finds the sound in a WAV file: RIFF, RIFX (big-endian), RF64 and BW64, of the kinds that
/// PcmFormat has; docs/formats/wav.md says which. Sound that ends before it should, and sound whose
/// size the writer did not know, goes as far as the file does. Reads nothing but the headers of
/// chunks.
///
/// Throws format where the file is none, or says what cannot be; unsupported where its sound is
/// compressed or of another kind; io when it cannot be read.
[[nodiscard]] PcmData find_wav_data(const InputFile& file);

/// All of a file without a header, as `format`.
[[nodiscard]] PcmData all_of(const InputFile& file, const PcmFormat& format);

}  // namespace sotto
