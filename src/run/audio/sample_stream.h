#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/input_file.h"

namespace sotto {

/// A recording of any format that FFmpeg's libraries know as a stream of 16 kHz mono samples,
/// rounded to 16 bits: bit for bit what the reference's `ffmpeg … -f s16le -ac 1 -ar 16000` writes.
/// Memory does not grow with the recording. What is broken in it is skipped.
class SampleStream {
 public:
  /// Opens the recording. Throws not_found, io, format (not audio) or unsupported (no audio stream,
  /// or one that nothing here decodes).
  explicit SampleStream(const std::filesystem::path& path);
  explicit SampleStream(std::shared_ptr<const InputFile> file);
  ~SampleStream();
  SampleStream(SampleStream&&) noexcept;
  SampleStream& operator=(SampleStream&&) noexcept;

  /// Replaces `block` by the next samples, at least one; at the end it becomes empty and the result
  /// is false. Throws io when the file cannot be read, unsupported when its sound cannot be brought
  /// to 16 kHz mono, and, at the end, format when two thirds of it were broken or there was no
  /// sample at all.
  [[nodiscard]] bool next(std::vector<std::int16_t>& block);

  /// Length that the container claims, in seconds; 0 when it does not say.
  [[nodiscard]] double claimed_seconds() const;

  /// At the end: whether the recording has several channels with something to hear, which leave
  /// silence where they are mixed.
  [[nodiscard]] bool cancels_out() const;

  /// What messages call the recording.
  [[nodiscard]] const std::string& name() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sotto
