#include "run/media/media_stream.h"

#include <cstdint>
#include <new>
#include <optional>
#include <utility>

#include "core/base/error.h"
#include "run/media/audible.h"
#include "run/media/ffmpeg_log.h"
#include "run/media/media_input.h"
#include "run/media/resampler.h"
#include "run/media/stream_decoder.h"
#include "run/mel/samples.h"

extern "C" {
#include <libavcodec/packet.h>
#include <libavutil/frame.h>
}

namespace sotto {
namespace {

struct FreePacket {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};

}  // namespace

struct MediaStream::State {
  explicit State(std::shared_ptr<const InputFile> file)
      : name(file->name()),
        input(std::move(file)),
        decoder(input.stream(), name),
        packet(av_packet_alloc()) {
    if (packet == nullptr) throw std::bad_alloc();
  }

  /// Appends what the next packet gives, which may be nothing; behind the last one, what the
  /// decoder and the filter still hold.
  void read_on(std::vector<std::int16_t>& block) {
    const auto on_frame = [&](const AVFrame& frame) { convert(frame, block); };
    if (input.next(*packet)) {
      decoder.decode(packet.get(), on_frame);
      return;
    }
    decoder.decode(nullptr, on_frame);
    if (resampler) resampler->finish(block);
    ended = true;
  }

  /// A frame's format may change on the way, which the ffmpeg program answers with a new filter,
  /// dropping what the old one still held.
  void convert(const AVFrame& frame, std::vector<std::int16_t>& block) {
    if (!resampler || !resampler->takes(frame)) resampler.emplace(frame, name);
    resampler->convert(frame, block);
    if (!channels_audible) channels_audible = frame.ch_layout.nb_channels > 1 && is_audible(frame);
  }

  /// The ffmpeg program gives up on a recording of which two thirds are broken; so does this.
  void check_decoded() const {
    const std::int64_t packets = decoder.decoded_frames() + decoder.failures();
    const std::string why = last_error.empty() ? "" : " (" + last_error + ")";
    if (3 * decoder.failures() > 2 * packets) {
      fail(ErrorKind::format, name, ": expected decodable sound, found ", decoder.failures(),
           " of ", packets, " packets broken", why);
    }
    if (!has_samples) {
      fail(ErrorKind::format, name, ": expected sound, found an audio stream without samples", why);
    }
  }

  std::string name;
  MediaInput input;
  StreamDecoder decoder;
  std::optional<Resampler> resampler;
  std::unique_ptr<AVPacket, FreePacket> packet;
  std::string last_error;  // that FFmpeg logged
  bool has_samples = false;
  bool channels_audible = false;  // in one of several
  bool mix_audible = false;
  bool ended = false;
};

MediaStream::MediaStream(const std::filesystem::path& path) : MediaStream(InputFile::open(path)) {}

MediaStream::MediaStream(std::shared_ptr<const InputFile> file) {
  const FfmpegLogCapture log;
  state_ = std::make_unique<State>(std::move(file));
  state_->last_error = log.last_error();
}

MediaStream::~MediaStream() = default;

bool MediaStream::next(std::vector<std::int16_t>& block) {
  block.clear();
  const FfmpegLogCapture log;
  while (block.empty() && !state_->ended) state_->read_on(block);
  if (!log.last_error().empty()) state_->last_error = log.last_error();
  if (!block.empty()) {
    state_->has_samples = true;
    if (!state_->mix_audible) state_->mix_audible = is_audible(block);
    return true;
  }
  state_->check_decoded();
  return false;
}

bool MediaStream::cancels_out() const {
  return state_->ended && state_->channels_audible && !state_->mix_audible;
}

double MediaStream::claimed_seconds() const { return state_->input.claimed_seconds(); }

const std::string& MediaStream::name() const { return state_->name; }

}  // namespace sotto
