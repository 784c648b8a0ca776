#pragma once

#include <filesystem>

#include "gtest/gtest.h"

#include "compile/exporter/exporter.h"
#include "core/base/error.h"
#include "core/bundle/vocabulary_file.h"
#include "model/checkpoint/openai_writer.h"
#include "support/random_checkpoint.h"
#include "support/temp_folder.h"

namespace sotto::test {

/// Exports of small random checkpoints in a folder of their own. Skips where the vocabulary, which
/// every bundle holds, has not been fetched.
class ExporterTest : public testing::Test {
 protected:
  void SetUp() override {
    try {
      (void)vocabulary_path(small_dims().n_vocab);
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  /// The file of the checkpoint with this seed, written when it is asked for first.
  std::filesystem::path checkpoint(std::uint64_t seed = 1) {
    auto path = folder_ / ("checkpoint" + std::to_string(seed) + ".pt");
    if (!std::filesystem::exists(path)) {
      write_openai_checkpoint(random_checkpoint(small_dims(), seed), path);
    }
    return path;
  }

  ExportOptions options(std::uint64_t seed = 1) {
    ExportOptions options;
    options.source = checkpoint(seed);
    options.output = target();
    options.name = "small";
    return options;
  }

  /// The folder that exports write to, with nothing but it and its siblings in its parent.
  std::filesystem::path target() {
    std::filesystem::create_directories(parent());
    return parent() / "models";
  }
  [[nodiscard]] std::filesystem::path parent() const { return folder_ / "out"; }
  [[nodiscard]] const TempFolder& folder() const { return folder_; }

 private:
  TempFolder folder_;
};

}  // namespace sotto::test
