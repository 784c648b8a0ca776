#pragma once

#include <cstdint>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>

#include "core/base/error.h"
#include "core/bundle/bundle.h"
#include "core/bundle/sha256.h"
#include "core/bundle/vocabulary_file.h"
#include "mel/wav_file.h"
#include "model/checkpoint/openai_writer.h"
#include "support/random_checkpoint.h"
#include "support/temp_folder.h"

namespace sotto::test {

/// A Whisper of the multilingual vocabulary and a window of one second, with at most 16 tokens to a
/// text: as quick as a whole model can be.
[[nodiscard]] inline WhisperDims quick_dims() { return {80, 50, 64, 2, 2, 51865, 16, 64, 2, 2}; }

/// A folder with model.pt of random weights and half a second of tone.wav. Its tests are skipped
/// where the vocabulary, which the repository does not hold, is missing.
class SmallModelTest : public testing::Test {
 protected:
  void SetUp() override {
    try {
      static_cast<void>(vocabulary_path(quick_dims().n_vocab));
    } catch (const Error& absent) {
      GTEST_SKIP() << absent.what();
    }
    write_model("model.pt", quick_dims(), 1);
    write_file(folder_ / "tone.wav", wav_bytes(sine(440, 9000, 16000, 8000), 16000, 1));
  }

  void write_model(const std::string& name, const WhisperDims& dims, std::uint64_t seed) {
    write_openai_checkpoint(random_checkpoint(dims, seed), folder_ / name);
  }

  /// Makes a bundle's manifest say of a file what the file has become.
  void record_anew(const std::string& bundle, const std::string& name) {
    Manifest manifest = read_manifest(folder_ / bundle);
    for (FileRecord& file : manifest.files) {
      if (file.name != name) continue;
      file.bytes = std::filesystem::file_size(folder_ / bundle / name);
      file.sha256 = sha256_of_file(folder_ / bundle / name);
    }
    write_file(folder_ / bundle / kManifestName, manifest_text(manifest));
  }

  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }

  TempFolder folder_;
};

}  // namespace sotto::test
