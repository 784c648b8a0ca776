#pragma once

#include <string>

namespace sotto {

/// While one of these lives, what FFmpeg's libraries log on this thread is kept from stderr, and
/// its last error line remembered. Other threads' messages go where FFmpeg sends them by default.
/// (Those libraries have one log callback per process: the first object of this class sets it.)
class FfmpegLogCapture {
 public:
  FfmpegLogCapture();
  ~FfmpegLogCapture();
  FfmpegLogCapture(const FfmpegLogCapture&) = delete;
  FfmpegLogCapture& operator=(const FfmpegLogCapture&) = delete;

  /// The last line logged as an error, without line feed; empty when there was none.
  [[nodiscard]] const std::string& last_error() const { return last_error_; }
  void remember(std::string line) { last_error_ = std::move(line); }

 private:
  FfmpegLogCapture* outer_;
  std::string last_error_;
};

/// FFmpeg's text for one of its negative error codes.
[[nodiscard]] std::string ffmpeg_error_text(int code);

}  // namespace sotto
