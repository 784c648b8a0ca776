#include "run/deployment/wav_copy.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "run/mel/samples.h"
#include "run/transcriber/open_recording.h"

namespace sotto {
namespace {

/// The header of a WAV file (RIFF, WAVEFORMAT for PCM), little-endian.
struct WavHeader {
  std::array<char, 4> riff{'R', 'I', 'F', 'F'};
  std::uint32_t riff_bytes = 0;
  std::array<char, 8> wave_fmt{'W', 'A', 'V', 'E', 'f', 'm', 't', ' '};
  std::uint32_t fmt_bytes = 16;
  std::uint16_t format = 1, channels = 1;
  std::uint32_t rate = kSampleRate, bytes_per_second = 2 * kSampleRate;
  std::uint16_t bytes_per_frame = 2, bits = 16;
  std::array<char, 4> data{'d', 'a', 't', 'a'};
  std::uint32_t data_bytes = 0;
};
static_assert(sizeof(WavHeader) == 44);

std::uint64_t count_samples(SampleStream& stream) {
  std::uint64_t count = 0;
  for (std::vector<std::int16_t> block; stream.next(block);) count += block.size();
  return count;
}

}  // namespace

// The header says how many samples there are, and only the end of a stream tells: so it is read
// twice rather than kept.
void write_wav_copy(const std::filesystem::path& recording, const std::filesystem::path& wav) {
  const StreamOpener opener = sample_opener(InputFile::open_or_spool(recording));
  const std::uint64_t bytes = 2 * count_samples(*opener());
  if (bytes > std::numeric_limits<std::uint32_t>::max() - sizeof(WavHeader)) {
    fail(ErrorKind::unsupported, recording.string(),
         ": expected a recording of at most 37 hours, which a WAV file holds, found a longer one");
  }
  WavHeader header;
  header.data_bytes = static_cast<std::uint32_t>(bytes);
  header.riff_bytes = static_cast<std::uint32_t>(bytes + sizeof header - 8);
  AtomicFile file(wav);
  file.write(std::as_bytes(std::span(&header, 1)));
  const auto stream = opener();
  for (std::vector<std::int16_t> block; stream->next(block);) {
    file.write(std::as_bytes(std::span(block)));
  }
  file.commit();
}

}  // namespace sotto
