#include "run/media/ffmpeg_log.h"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <utility>

extern "C" {
#include <libavutil/error.h>
#include <libavutil/log.h>
}

namespace sotto {
namespace {

thread_local FfmpegLogCapture* innermost = nullptr;

void on_message(void* context, int level, const char* format, va_list arguments) {
  if (innermost == nullptr) {
    av_log_default_callback(context, level, format, arguments);
    return;
  }
  if (level > AV_LOG_ERROR) return;
  std::array<char, 256> line{};
  std::vsnprintf(line.data(), line.size(), format, arguments);
  std::string text = line.data();
  while (!text.empty() && (text.back() == '\n' || text.back() == '.')) text.pop_back();
  if (!text.empty()) innermost->remember(std::move(text));
}

}  // namespace

FfmpegLogCapture::FfmpegLogCapture() : outer_(innermost) {
  static std::once_flag installed;
  std::call_once(installed, [] { av_log_set_callback(on_message); });
  innermost = this;
}

FfmpegLogCapture::~FfmpegLogCapture() { innermost = outer_; }

std::string ffmpeg_error_text(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

}  // namespace sotto
