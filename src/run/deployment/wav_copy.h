#pragma once

#include <filesystem>

namespace sotto {

/// Writes a recording of any kind that this build reads as a WAV file of 16-bit samples at 16 kHz,
/// mono: the very samples that a transcription of it here is made from. Throws what open_samples()
/// and its stream throw, unsupported beyond the 4 GB of such a file, and io.
void write_wav_copy(const std::filesystem::path& recording, const std::filesystem::path& wav);

}  // namespace sotto
