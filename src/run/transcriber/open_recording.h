#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "core/base/input_file.h"
#include "run/mel/recording.h"
#include "run/mel/sample_stream.h"

namespace sotto {

/// Opens `file` as a stream of samples. This is the one place where a build decides what reads
/// recordings: FFmpeg's libraries, of every format that they know. Throws what opening one throws
/// (StreamOpener).
[[nodiscard]] std::unique_ptr<SampleStream> open_samples(std::shared_ptr<const InputFile> file);

/// The recording in `file` as log-mel of n_mels bins. Throws what Recording does.
[[nodiscard]] Recording open_recording(std::shared_ptr<const InputFile> file, std::int64_t n_mels,
                                       const Recording::Progress& progress = {});

/// The same of the file at `path`; throws not_found and io as InputFile::open() does, too.
[[nodiscard]] Recording open_recording(const std::filesystem::path& path, std::int64_t n_mels,
                                       const Recording::Progress& progress = {});

}  // namespace sotto
