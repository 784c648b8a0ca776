#include "run/audio/audio.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "core/base/error.h"
#include "run/audio/ffmpeg_log.h"
#include "run/audio/media_input.h"
#include "run/audio/resampler.h"
#include "run/audio/stream_decoder.h"

extern "C" {
#include <libavcodec/packet.h>
#include <libavutil/frame.h>
}

namespace sotto {
namespace {

constexpr float kFullScale = 32768;

/// Collects 16 kHz samples from frames whose format may change on the way, which the ffmpeg program
/// answers with a new filter, dropping what the old one still held.
class SampleCollector {
 public:
  explicit SampleCollector(std::string name) : name_(std::move(name)) {}

  void add(const AVFrame& frame) {
    if (!resampler_ || !resampler_->takes(frame)) resampler_.emplace(frame, name_);
    resampler_->convert(frame, samples_);
  }

  void finish() {
    if (resampler_) resampler_->finish(samples_);
  }

  [[nodiscard]] const std::vector<std::int16_t>& samples() const { return samples_; }

 private:
  std::string name_;
  std::optional<Resampler> resampler_;
  std::vector<std::int16_t> samples_;
};

void check_length(const std::string& name, const MediaInput& input, std::size_t samples,
                  double limit_seconds) {
  if (static_cast<double>(samples) <= limit_seconds * static_cast<double>(kSampleRate)) return;
  const double claimed = input.claimed_seconds();
  const std::string found =
      claimed > limit_seconds ? concat(std::round(claimed * 10) / 10, " seconds") : "more";
  fail(ErrorKind::usage, name, ": expected at most ", limit_seconds, " seconds of sound, found ",
       found);
}

/// The ffmpeg program gives up on a recording of which two thirds are broken; so does this.
void check_decoded(const std::string& name, const StreamDecoder& decoder, std::size_t samples,
                   const std::string& reason) {
  const std::int64_t packets = decoder.decoded_frames() + decoder.failures();
  const std::string why = reason.empty() ? "" : " (" + reason + ")";
  if (3 * decoder.failures() > 2 * packets) {
    fail(ErrorKind::format, name, ": expected decodable sound, found ", decoder.failures(), " of ",
         packets, " packets broken", why);
  }
  if (samples == 0) {
    fail(ErrorKind::format, name, ": expected sound, found an audio stream without samples", why);
  }
}

std::vector<float> to_unit_range(const std::vector<std::int16_t>& samples) {
  std::vector<float> values(samples.size());
  std::transform(samples.begin(), samples.end(), values.begin(),
                 [](std::int16_t sample) { return static_cast<float>(sample) / kFullScale; });
  return values;
}

struct FreePacket {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};

}  // namespace

std::vector<float> decode_audio(const std::filesystem::path& path, double limit_seconds) {
  const std::string name = path.string();
  const FfmpegLogCapture log;
  MediaInput input(path);
  StreamDecoder decoder(input.stream(), name);
  SampleCollector collector(name);
  const auto on_frame = [&](const AVFrame& frame) {
    collector.add(frame);
    check_length(name, input, collector.samples().size(), limit_seconds);
  };

  const std::unique_ptr<AVPacket, FreePacket> packet(av_packet_alloc());
  if (packet == nullptr) throw std::bad_alloc();
  while (input.next(*packet)) decoder.decode(packet.get(), on_frame);
  decoder.decode(nullptr, on_frame);
  collector.finish();

  check_length(name, input, collector.samples().size(), limit_seconds);
  check_decoded(name, decoder, collector.samples().size(), log.last_error());
  return to_unit_range(collector.samples());
}

}  // namespace sotto
