#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "core/base/input_file.h"
#include "run/mel/pcm_format.h"
#include "run/mel/recording.h"
#include "run/mel/sample_stream.h"

namespace sotto {

/// Opens `file` as a stream of samples. This is the one place where a build decides what reads
/// recordings: FFmpeg's libraries, of every format that they know, or, where it was made without
/// them (SOTTO_MEDIA is OFF), the reader of WAV files in run/mel. Throws as a StreamOpener does.
[[nodiscard]] std::unique_ptr<SampleStream> open_samples(std::shared_ptr<const InputFile> file);

/// Whether that is FFmpeg.
[[nodiscard]] bool reads_media();

/// What opens `file`, again and again: as open_samples() does, or as raw samples where `raw` says
/// what they are.
[[nodiscard]] StreamOpener sample_opener(std::shared_ptr<const InputFile> file,
                                         const std::optional<PcmFormat>& raw = std::nullopt);

/// The recording at `path` as log-mel of n_mels bins. Throws not_found and io as InputFile::open()
/// does, and what Recording does.
[[nodiscard]] Recording open_recording(const std::filesystem::path& path, std::int64_t n_mels);

}  // namespace sotto
