#include "run/media/stream_decoder.h"

#include <new>

#include "core/base/error.h"
#include "run/media/ffmpeg_log.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace sotto {
namespace {

constexpr std::int64_t kMostSamples = 1 << 24;  // of a frame, all channels: minutes of speech

/// Channel counts without a layout mean the usual one: two channels are left and right.
void guess_layout(AVChannelLayout& layout) {
  if (layout.order != AV_CHANNEL_ORDER_UNSPEC) return;
  av_channel_layout_default(&layout, layout.nb_channels);
}

}  // namespace

void StreamDecoder::Free::operator()(AVCodecContext* codec) const { avcodec_free_context(&codec); }

void StreamDecoder::Free::operator()(AVFrame* frame) const { av_frame_free(&frame); }

StreamDecoder::StreamDecoder(const AVStream& stream, std::string_view name) {
  const AVCodecID id = stream.codecpar->codec_id;
  const AVCodec* decoder = avcodec_find_decoder(id);
  if (decoder == nullptr) {
    fail(ErrorKind::unsupported, name, ": expected a codec that FFmpeg decodes, found ",
         avcodec_get_name(id));
  }
  codec_.reset(avcodec_alloc_context3(decoder));
  frame_.reset(av_frame_alloc());
  if (codec_ == nullptr || frame_ == nullptr) throw std::bad_alloc();
  int status = avcodec_parameters_to_context(codec_.get(), stream.codecpar);
  if (status >= 0) {
    codec_->pkt_timebase = stream.time_base;  // trimming of encoder padding needs it
    codec_->thread_count = 1;                 // all that FFmpeg logs is logged on this thread
    codec_->max_samples = kMostSamples;
    guess_layout(codec_->ch_layout);
    status = avcodec_open2(codec_.get(), decoder, nullptr);
  }
  if (status < 0) {
    fail(ErrorKind::format, name, ": expected a decodable ", avcodec_get_name(id),
         " stream, found one that FFmpeg refuses (", ffmpeg_error_text(status), ")");
  }
}

StreamDecoder::~StreamDecoder() = default;

void StreamDecoder::decode(const AVPacket* packet, const OnFrame& on_frame) {
  int status = avcodec_send_packet(codec_.get(), packet);
  while (status >= 0) {
    status = avcodec_receive_frame(codec_.get(), frame_.get());
    if (status >= 0 && frame_->sample_rate <= 0) status = AVERROR_INVALIDDATA;
    if (status < 0) break;
    ++decoded_;
    guess_layout(frame_->ch_layout);
    on_frame(*frame_);
  }
  if (status != AVERROR(EAGAIN) && status != AVERROR_EOF) ++failures_;
}

}  // namespace sotto
