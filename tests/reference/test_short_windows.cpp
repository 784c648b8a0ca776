// Word timestamps of windows of a few mel frames against openai/whisper's, as
// record_short_windows.py recorded them: segments, words and all times.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/bundle/vocabulary_file.h"
#include "mel/wav_file.h"
#include "reference/case_options.h"
#include "reference/oracle_data.h"
#include "reference/recorded_transcript.h"
#include "run/decoding/segments.h"
#include "run/engine/checkpoint/load_model.h"
#include "run/transcriber/transcriber.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr double kTime = 1e-9;         // times are the same numbers
constexpr double kProbability = 1e-3;  // as in test_words.cpp

/// A recording of a case: one of the demo's, or a piece of it.
fs::path recording_of(const json& one, const TempFolder& folder) {
  const fs::path clip = fs::path("assets/demo/clips") / one.at("clip").get<std::string>();
  if (!one.contains("samples")) return clip;
  constexpr std::size_t kHeader = 44;
  const std::string bytes = read_file(clip);
  const auto first = one["samples"][0].get<std::size_t>(),
             count = one["samples"][1].get<std::size_t>();
  std::vector<std::int16_t> samples(std::min(count, (bytes.size() - kHeader) / 2 - first));
  std::memcpy(samples.data(), bytes.data() + kHeader + 2 * first, 2 * samples.size());
  const fs::path piece = folder / "piece.wav";
  write_file(piece, wav_bytes(samples, 16000, 1));
  return piece;
}

/// The one difference that is meant: the reference has a short window's words a place before it,
/// where there is nothing if it is the recording's first.
json never_before_the_recording(json result) {
  for (json& segment : result.at("segments")) {
    for (const char* edge : {"start", "end"}) {
      segment[edge] = std::max(0.0, segment[edge].get<double>());
    }
  }
  return result;
}

void compare_words(const Segment& found, const json& expected) {
  ASSERT_TRUE(found.words.has_value());
  ASSERT_EQ(found.words->size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Word& word = found.words->at(i);
    EXPECT_EQ(word.word, expected[i].at("word").get<std::string>());
    EXPECT_NEAR(word.start, expected[i].at("start").get<double>(), kTime) << word.word;
    EXPECT_NEAR(word.end, expected[i].at("end").get<double>(), kTime) << word.word;
    EXPECT_NEAR(word.probability, expected[i].at("probability").get<double>(), kProbability);
  }
}

TEST(ShortWindows, HaveTheReferencesWordTimes) {
  std::optional<Model> model;
  try {
    (void)vocabulary_path(51865);
  } catch (const Error& absent) {
    GTEST_SKIP() << absent.what();
  }
  model.emplace(load_model("assets/demo/demo.pt", {.backend = "cpu"}));
  model->load_attention(std::nullopt);
  Transcriber transcriber(*model);
  const TempFolder folder;
  std::size_t segments = 0, before_window = 0;
  for (const json& one : read_json("tests/reference/answers/short_windows.json")) {
    SCOPED_TRACE(concat(one["clip"].get<std::string>(), " ", one["options"].dump(), " ",
                        one.value("samples", json()).dump()));
    const json result = never_before_the_recording(one.at("result"));
    const Transcript found =
        transcriber.transcribe(recording_of(one, folder), options_of(one.at("options")));
    const auto place = departure(found, {{"result", result}, {"windows", one.at("windows")}});
    if (place) {
      ADD_FAILURE() << place->what;
      continue;
    }
    for (std::size_t i = 0; i < found.segments.size(); ++i) {
      compare_words(found.segments[i], result["segments"][i].at("words"));
      ++segments;
      const double end = one["result"]["segments"][i].at("end");
      if (end < seconds_of(found.segments[i].seek)) ++before_window;
    }
  }
  RecordProperty("segments", static_cast<int>(segments));
  EXPECT_GE(before_window, 20U);
}

}  // namespace
}  // namespace sotto::test
