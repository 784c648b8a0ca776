#pragma once

#include <cstdint>
#include <memory>

#include "core/base/input_file.h"

struct AVCodecContext;
struct AVFormatContext;
struct AVIOContext;
struct AVPacket;
struct AVStream;

namespace sotto {

/// An opened container: a stream of packets of its one chosen audio stream.
/// FFmpeg reads the file through callbacks and may open nothing else, so a playlist or a reference
/// inside of a hostile file reaches no other file and no network.
class MediaInput {
 public:
  /// Throws format when the file is no recording that FFmpeg knows, unsupported when it holds no
  /// audio stream, and io when it cannot be read.
  explicit MediaInput(std::shared_ptr<const InputFile> file);
  ~MediaInput();
  MediaInput(const MediaInput&) = delete;
  MediaInput& operator=(const MediaInput&) = delete;

  /// The stream that the ffmpeg program would choose: new packets seen, then the default
  /// disposition, then the most channels, then the first.
  [[nodiscard]] const AVStream& stream() const { return *stream_; }

  /// Length that the container claims, in seconds; 0 when it does not say.
  [[nodiscard]] double claimed_seconds() const;

  /// Moves to the next packet of the chosen stream. False at the end, and, as in the ffmpeg
  /// program, where the container cannot be read any further. Throws io when the file cannot.
  [[nodiscard]] bool next(AVPacket& packet);

 private:
  struct Reader;  // where FFmpeg's callbacks stand in the file
  struct Close {
    void operator()(AVFormatContext* format) const;
    void operator()(AVIOContext* io) const;
  };
  void open_reader();
  [[nodiscard]] int open_container();  // FFmpeg's status

  std::unique_ptr<Reader> reader_;
  std::unique_ptr<AVIOContext, Close> io_;
  std::unique_ptr<AVFormatContext, Close> format_;
  AVStream* stream_ = nullptr;
};

}  // namespace sotto
