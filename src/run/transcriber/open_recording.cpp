#include "run/transcriber/open_recording.h"

#include <utility>

#include "run/mel/pcm_stream.h"
#if SOTTO_MEDIA
#include "run/media/media_stream.h"
#endif

namespace sotto {

std::unique_ptr<SampleStream> open_samples(std::shared_ptr<const InputFile> file) {
#if SOTTO_MEDIA
  return std::make_unique<MediaStream>(std::move(file));
#else
  const PcmData data = find_wav_data(*file);
  return std::make_unique<PcmStream>(std::move(file), data);
#endif
}

bool reads_media() { return SOTTO_MEDIA != 0; }

StreamOpener sample_opener(std::shared_ptr<const InputFile> file,
                           const std::optional<PcmFormat>& raw) {
  if (!raw) return [file = std::move(file)] { return open_samples(file); };
  return [file = std::move(file), format = *raw] {
    return std::make_unique<PcmStream>(file, all_of(*file, format));
  };
}

Recording open_recording(const std::filesystem::path& path, std::int64_t n_mels) {
  return {sample_opener(InputFile::open(path)), n_mels};
}

}  // namespace sotto
