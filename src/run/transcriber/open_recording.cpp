#include "run/transcriber/open_recording.h"

#include <utility>

#include "run/media/media_stream.h"

namespace sotto {

std::unique_ptr<SampleStream> open_samples(std::shared_ptr<const InputFile> file) {
  return std::make_unique<MediaStream>(std::move(file));
}

Recording open_recording(std::shared_ptr<const InputFile> file, std::int64_t n_mels,
                         const Recording::Progress& progress) {
  return Recording([file = std::move(file)] { return open_samples(file); }, n_mels, progress);
}

Recording open_recording(const std::filesystem::path& path, std::int64_t n_mels,
                         const Recording::Progress& progress) {
  return open_recording(InputFile::open(path), n_mels, progress);
}

}  // namespace sotto
