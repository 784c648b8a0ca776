#pragma once

#include <filesystem>

#include "gtest/gtest.h"

#include "compile/exporter/exporter.h"
#include "core/bundle/vocabulary_layout.h"
#include "model/checkpoint/openai_writer.h"
#include "support/files.h"
#include "support/random_checkpoint.h"
#include "support/temp_folder.h"
#include "tokenizer/rank_file.h"

namespace sotto::test {

/// The dims of a small model whose words are single bytes.
[[nodiscard]] inline WhisperDims byte_dims() {
  WhisperDims dims = small_dims();
  dims.n_vocab = rows_of({256, 99, true});
  return dims;
}

/// Exports of small random checkpoints in a folder of their own.
class ExporterTest : public testing::Test {
 protected:
  void SetUp() override { write_file(vocabulary(), rank_file(byte_tokens({}))); }

  /// The file of the checkpoint with this seed, written when it is asked for first.
  std::filesystem::path checkpoint(std::uint64_t seed = 1) {
    auto path = folder_ / ("checkpoint" + std::to_string(seed) + ".pt");
    if (!std::filesystem::exists(path)) {
      write_openai_checkpoint(random_checkpoint(byte_dims(), seed), path);
    }
    return path;
  }

  ExportOptions options(std::uint64_t seed = 1) {
    ExportOptions options;
    options.source = checkpoint(seed);
    options.output = target();
    options.name = "small";
    options.vocabulary = vocabulary();
    return options;
  }

  /// The folder that exports write to, with nothing but it and its siblings in its parent.
  std::filesystem::path target() {
    std::filesystem::create_directories(parent());
    return parent() / "models";
  }
  [[nodiscard]] std::filesystem::path vocabulary() const { return folder_ / "bytes.tiktoken"; }
  [[nodiscard]] std::filesystem::path parent() const { return folder_ / "out"; }
  [[nodiscard]] const TempFolder& folder() const { return folder_; }

 private:
  TempFolder folder_;
};

}  // namespace sotto::test
