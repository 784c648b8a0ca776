#include "run/media/media_input.h"

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/signatures/other_files.h"
#include "run/media/ffmpeg_log.h"

extern "C" {
#include <libavcodec/codec_id.h>
#include <libavcodec/packet.h>
#include <libavformat/avformat.h>
#include <libavutil/mem.h>
}

namespace sotto {

struct MediaInput::Reader {
  std::shared_ptr<const InputFile> file;
  std::int64_t position = 0;
  std::exception_ptr failure;  // of reading: it may not pass through FFmpeg's C code

  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(file->size()); }

  void check() const {
    if (failure != nullptr) std::rethrow_exception(failure);
  }

  static int read(void* opaque, std::uint8_t* out, int wanted) {
    auto& self = *static_cast<Reader*>(opaque);
    const auto room = std::as_writable_bytes(std::span(out, static_cast<std::size_t>(wanted)));
    try {
      const std::size_t count = self.file->read(static_cast<std::uint64_t>(self.position), room);
      if (count == 0) return AVERROR_EOF;
      self.position += static_cast<std::int64_t>(count);
      return static_cast<int>(count);
    } catch (...) {
      self.failure = std::current_exception();
      return AVERROR(EIO);
    }
  }

  static std::int64_t seek(void* opaque, std::int64_t offset, int whence) {
    auto& self = *static_cast<Reader*>(opaque);
    if ((whence & AVSEEK_SIZE) != 0) return self.size();
    std::int64_t origin = 0;
    if ((whence & ~AVSEEK_FORCE) == SEEK_CUR) origin = self.position;
    if ((whence & ~AVSEEK_FORCE) == SEEK_END) origin = self.size();
    if (offset < -origin || offset > INT64_MAX - origin) return AVERROR(EINVAL);
    return self.position = origin + offset;
  }
};

void MediaInput::Close::operator()(AVFormatContext* format) const { avformat_close_input(&format); }

void MediaInput::Close::operator()(AVIOContext* io) const {
  av_freep(&io->buffer);
  avio_context_free(&io);
}

namespace {

constexpr int kBufferBytes = 32768;
constexpr std::size_t kMostBytes = std::size_t{256} << 20;  // 60 hours of an MP4 file's index
constexpr int kMostTries = 1000;  // answers of "try again" in a row, from a container gone wrong

int refuse_to_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EPERM);
}

/// The ffmpeg program's own order of preference among audio streams.
std::int64_t preference(const AVStream& stream) {
  std::int64_t score = stream.codecpar->ch_layout.nb_channels;
  if ((stream.event_flags & AVSTREAM_EVENT_FLAG_NEW_PACKETS) != 0) score += 100'000'000;
  if ((stream.disposition & AV_DISPOSITION_DEFAULT) != 0) score += 5'000'000;
  return score;
}

/// Chooses one audio stream and tells the demuxer to skip all others; null when there is none.
AVStream* choose_stream(AVFormatContext& format) {
  AVStream* best = nullptr;
  for (unsigned i = 0; i < format.nb_streams; ++i) {
    AVStream* stream = format.streams[i];
    stream->discard = AVDISCARD_ALL;
    if (stream->codecpar->codec_type != AVMEDIA_TYPE_AUDIO) continue;
    if (best == nullptr || preference(*stream) > preference(*best)) best = stream;
  }
  if (best != nullptr) best->discard = AVDISCARD_DEFAULT;
  return best;
}

std::string streams_found(const AVFormatContext& format) {
  if (format.nb_streams == 0) return "no stream at all";
  const char* kind = av_get_media_type_string(format.streams[0]->codecpar->codec_type);
  const std::string name = kind == nullptr ? "unknown" : kind;
  if (format.nb_streams == 1) return "only one of " + name;
  return concat("none among its ", format.nb_streams, ", the first of which is ", name);
}

/// The samples of a big-endian WAV file, RIFX, FFmpeg (5.1) takes for little-endian ones.
AVCodecID as_big_endian(AVCodecID codec) {
  switch (codec) {
    case AV_CODEC_ID_PCM_S16LE:
      return AV_CODEC_ID_PCM_S16BE;
    case AV_CODEC_ID_PCM_S24LE:
      return AV_CODEC_ID_PCM_S24BE;
    case AV_CODEC_ID_PCM_S32LE:
      return AV_CODEC_ID_PCM_S32BE;
    case AV_CODEC_ID_PCM_F32LE:
      return AV_CODEC_ID_PCM_F32BE;
    case AV_CODEC_ID_PCM_F64LE:
      return AV_CODEC_ID_PCM_F64BE;
    default:
      return codec;
  }
}

bool is_rifx(const InputFile& file) {
  constexpr std::string_view kMagic = "RIFX";
  std::array<char, kMagic.size()> head{};
  const std::size_t count = file.read(0, std::as_writable_bytes(std::span(head)));
  return std::string_view(head.data(), count) == kMagic;
}

/// FFmpeg guesses at what it does not know, and some of a model's numbers are sound to it. Text is
/// left to it.
void refuse_others(const InputFile& file) {
  constexpr std::size_t kHead = 65536;
  std::vector<std::byte> head(std::min<std::uint64_t>(kHead, file.size()));
  head.resize(file.read(0, head));
  refuse_other_files(FileSample{head, file.size(), file.name()}, Wanted::recording);
}

}  // namespace

MediaInput::MediaInput(std::shared_ptr<const InputFile> file)
    : reader_(std::make_unique<Reader>()) {
  reader_->file = std::move(file);
  // Of one allocation, in the whole process: demuxers and decoders take lengths from headers.
  av_max_alloc(kMostBytes);
  const std::string& name = reader_->file->name();
  if (reader_->size() == 0) {
    fail(ErrorKind::format, name, ": expected a sound recording, found an empty file");
  }
  refuse_others(*reader_->file);
  open_reader();
  const int status = open_container();
  reader_->check();
  if (status < 0) {
    fail(ErrorKind::format, name, ": expected a sound recording, found ", reader_->size(),
         " bytes that FFmpeg cannot read (", ffmpeg_error_text(status), ")");
  }
  stream_ = choose_stream(*format_);
  if (stream_ == nullptr) {
    fail(ErrorKind::unsupported, name, ": expected an audio stream, found ",
         streams_found(*format_));
  }
  if (is_rifx(*reader_->file)) {
    stream_->codecpar->codec_id = as_big_endian(stream_->codecpar->codec_id);
  }
}

void MediaInput::open_reader() {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
  if (buffer == nullptr) throw std::bad_alloc();
  io_.reset(avio_alloc_context(buffer, kBufferBytes, 0, reader_.get(), Reader::read, nullptr,
                               Reader::seek));
  if (io_ == nullptr) {
    av_free(buffer);
    throw std::bad_alloc();
  }
}

int MediaInput::open_container() {
  format_.reset(avformat_alloc_context());
  if (format_ == nullptr) throw std::bad_alloc();
  format_->pb = io_.get();
  format_->io_open = refuse_to_open;
  // Demuxers that open a file as a container of its own ask no io_open, but heed this list.
  format_->protocol_whitelist = av_strdup("none");
  if (format_->protocol_whitelist == nullptr) throw std::bad_alloc();
  AVFormatContext* format = format_.release();  // FFmpeg frees the context when opening fails
  const int status = avformat_open_input(&format, reader_->file->name().c_str(), nullptr, nullptr);
  if (status < 0) return status;
  format_.reset(format);
  return avformat_find_stream_info(format, nullptr);
}

MediaInput::~MediaInput() = default;

double MediaInput::claimed_seconds() const {
  if (format_->duration == AV_NOPTS_VALUE || format_->duration <= 0) return 0;
  return static_cast<double>(format_->duration) / AV_TIME_BASE;
}

bool MediaInput::next(AVPacket& packet) {
  for (int tries = 0; tries < kMostTries; ++tries) {
    av_packet_unref(&packet);
    const int status = av_read_frame(format_.get(), &packet);
    if (status == AVERROR(EAGAIN)) continue;
    reader_->check();
    if (status < 0) return false;
    if (packet.stream_index == stream_->index) return true;
    tries = 0;
  }
  return false;
}

}  // namespace sotto
