#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

#include "compile/exporter/exporter.h"
#include "core/base/error.h"
#include "core/bundle/vocabulary_file.h"
#include "core/tflite/litert_files.h"
#include "run/backends/registry.h"
#include "run/engine/checkpoint/load_model.h"
#include "run/transcriber/transcriber.h"
#include "support/temp_folder.h"

// Models with different back ends, numbers of threads and libraries, at the same time in one
// process: each gives what it gives alone.

namespace sotto::test {
namespace {

namespace fs = std::filesystem;

/// How a model is loaded.
struct Setting {
  std::string backend;
  int threads = 1;
  fs::path litert{};
};

class TwoModels : public testing::Test {
 protected:
  void SetUp() override {
    try {
      static_cast<void>(vocabulary_path(kMultilingualWords));
    } catch (const Error& absent) {
      GTEST_SKIP() << absent.what();
    }
    ExportOptions options;
    options.source = "assets/demo/demo.pt";
    options.output = folder_ / "models";
    options.name = "demo";
    options.format = ExportFormat::all;
    options.alignment = true;
    static_cast<void>(export_bundle(options));
  }

  [[nodiscard]] Transcript transcribe(const Setting& setting) const {
    ModelOptions how;
    how.backend = setting.backend;
    how.backend_options.threads = setting.threads;
    how.backend_options.litert = setting.litert;
    Model model = load_model(folder_ / "models", how);
    TranscribeOptions options;
    options.word_timestamps = true;
    static_cast<void>(model.load_attention());
    return Transcriber(model).transcribe("assets/demo/clips/demo_en.wav", options);
  }

  void expect_the_same_together(const std::vector<Setting>& settings) const {
    std::vector<std::string> alone, together(settings.size());
    for (const Setting& setting : settings) alone.push_back(text_of(transcribe(setting)));
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < settings.size(); ++i) {
      threads.emplace_back([&, i] { together[i] = text_of(transcribe(settings[i])); });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(together, alone);
    EXPECT_FALSE(alone.front().empty());
  }

  TempFolder folder_;

  /// Words, tokens and times.
  static std::string text_of(const Transcript& transcript) {
    std::string text;
    for (const Segment& segment : transcript.segments) {
      for (const TokenId token : segment.tokens) text += concat(token, ' ');
      for (const Word& word : segment.words.value())
        text += concat(word.word, word.start, word.end, '\n');
    }
    return text;
  }
};

/// Siblings pack and read one set of weights at the same time.
TEST_F(TwoModels, SiblingsShareTheirWeights) {
  ModelOptions how;
  how.backend_options.threads = 1;
  Model first = load_model("assets/demo/demo.pt", how);
  std::vector<Model> models;
  models.reserve(3);
  for (int i = 0; i < 3; ++i) models.push_back(first.sibling());
  const auto words_of = [](Model& model) {
    TranscribeOptions options;
    options.word_timestamps = true;
    static_cast<void>(model.load_attention());
    return text_of(Transcriber(model).transcribe("assets/demo/clips/demo_en.wav", options));
  };
  std::vector<std::string> together(models.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < models.size(); ++i) {
    threads.emplace_back([&, i] { together[i] = words_of(models[i]); });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string alone = words_of(first);
  EXPECT_FALSE(alone.empty());
  EXPECT_EQ(together, std::vector<std::string>(models.size(), alone));
}

TEST_F(TwoModels, SiblingsHaveFilesOfTheirOwnWhereTheirBackEndSharesNothing) {
  const auto names = backend_names();
  if (std::find(names.begin(), names.end(), "torchscript") == names.end()) {
    GTEST_SKIP() << "this build has no torchscript back end";
  }
  Model first = load_model(folder_ / "models", {.backend = "torchscript"});
  Model second = first.sibling();
  EXPECT_EQ(second.backend(), "torchscript");
  const auto text = [](Model& model) {
    return Transcriber(model).transcribe("assets/demo/clips/demo_en.wav", {}).text;
  };
  EXPECT_EQ(text(second), text(first));
}

TEST_F(TwoModels, OnTheCpuKeepTheirOwnThreads) {
  expect_the_same_together({{"cpu", 1}, {"cpu", 2}, {"cpu", 3}});
}

TEST_F(TwoModels, OnDifferentBackEndsAndLibrariesKeepToThemselves) {
  LitertFiles litert;
  try {
    litert = find_litert();
  } catch (const Error& absent) {
    GTEST_SKIP() << absent.what();
  }
  const fs::path other = folder_ / "libLiteRt.so";  // another file is another library
  fs::copy_file(litert.library, other);
  expect_the_same_together({{"cpu", 2}, {"litert", 1, litert.library}, {"litert", 2, other}});
}

}  // namespace
}  // namespace sotto::test
