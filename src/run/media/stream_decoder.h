#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

struct AVCodecContext;
struct AVFrame;
struct AVPacket;
struct AVStream;

namespace sotto {

/// Decodes the packets of one audio stream. What cannot be decoded is skipped and counted, as the
/// ffmpeg program does.
class StreamDecoder {
 public:
  using OnFrame = std::function<void(const AVFrame&)>;

  /// `name` stands for the file in error messages. Throws unsupported when there is no decoder for
  /// the stream, format when its parameters are impossible.
  StreamDecoder(const AVStream& stream, std::string_view name);
  ~StreamDecoder();
  StreamDecoder(const StreamDecoder&) = delete;
  StreamDecoder& operator=(const StreamDecoder&) = delete;

  /// Decodes one packet; null ends the stream and gives the frames still held back.
  void decode(const AVPacket* packet, const OnFrame& on_frame);

  [[nodiscard]] std::int64_t decoded_frames() const { return decoded_; }
  [[nodiscard]] std::int64_t failures() const { return failures_; }

 private:
  struct Free {
    void operator()(AVCodecContext* codec) const;
    void operator()(AVFrame* frame) const;
  };
  std::unique_ptr<AVCodecContext, Free> codec_;
  std::unique_ptr<AVFrame, Free> frame_;
  std::int64_t decoded_ = 0;
  std::int64_t failures_ = 0;
};

}  // namespace sotto
