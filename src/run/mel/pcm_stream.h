#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/input_file.h"
#include "run/mel/mono_path.h"
#include "run/mel/sample_stream.h"
#include "run/mel/wav_file.h"

namespace sotto {

/// Uncompressed sound in a file, read without any library: what builds without FFmpeg hear, and raw
/// samples everywhere. Gives what libswresample makes of the same sound, to 1e-4 of full scale
/// (docs/formats/wav.md). Memory does not grow with the recording.
class PcmStream : public SampleStream {
 public:
  /// `data` lies in `file`. Throws what MonoPath::make() does.
  PcmStream(std::shared_ptr<const InputFile> file, const PcmData& data);

  [[nodiscard]] bool next(std::vector<std::int16_t>& block) override;
  [[nodiscard]] double claimed_seconds() const override;
  [[nodiscard]] bool cancels_out() const override;
  [[nodiscard]] const std::string& name() const override { return file_->name(); }

 private:
  void read_on(std::vector<std::int16_t>& block);

  std::shared_ptr<const InputFile> file_;
  PcmData data_;
  std::unique_ptr<MonoPath> path_;
  std::uint64_t done_ = 0;  // bytes of the sound
  std::vector<std::byte> frames_;
  bool ended_ = false;
  bool has_samples_ = false;
  bool mix_audible_ = false;
};

}  // namespace sotto
