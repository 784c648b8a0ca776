#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/input_file.h"
#include "run/mel/sample_stream.h"

namespace sotto {

/// A recording of any format that FFmpeg's libraries know: bit for bit what the reference's
/// `ffmpeg … -f s16le -ac 1 -ar 16000` writes. Memory does not grow with the recording. What is
/// broken in it is skipped.
class MediaStream : public SampleStream {
 public:
  /// Opens the recording. Throws not_found, io, format (not audio) or unsupported (no audio stream,
  /// or one that nothing here decodes).
  explicit MediaStream(const std::filesystem::path& path);
  explicit MediaStream(std::shared_ptr<const InputFile> file);
  ~MediaStream() override;

  /// At the end, throws format when two thirds of it were broken.
  [[nodiscard]] bool next(std::vector<std::int16_t>& block) override;
  [[nodiscard]] double claimed_seconds() const override;
  [[nodiscard]] bool cancels_out() const override;
  [[nodiscard]] const std::string& name() const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sotto
