#include <algorithm>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "cli/small_model.h"
#include "cli/sotto_process.h"

#include "support/files.h"

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Transcribe : public SmallModelTest {
 protected:
  /// The command line for the small model, with few tokens, outputs in out/.
  [[nodiscard]] std::vector<std::string> words(const std::vector<std::string>& inputs,
                                               const std::vector<std::string>& options = {}) const {
    std::vector<std::string> all{"transcribe"};
    for (const std::string& input : inputs) all.push_back(input == "-" ? input : path(input));
    for (const char* word : {"-m", "model.pt", "-o", "out"}) {
      all.push_back(*word == '-' ? word : path(word));
    }
    // Text of random weights passes no threshold: one attempt, greedy.
    all.insert(all.end(), {"--temperature_increment_on_fallback", "None", "--beam_size", "None"});
    all.insert(all.end(), options.begin(), options.end());
    return all;
  }

  [[nodiscard]] ProgramRun run(const std::vector<std::string>& inputs,
                               const std::vector<std::string>& options = {}) const {
    return run_sotto(words(inputs, options));
  }

  void copy_tone(const std::string& name) const {
    fs::copy_file(path("tone.wav"), path(name), fs::copy_options::overwrite_existing);
  }

  [[nodiscard]] std::vector<std::string> outputs() const {
    return fs::exists(folder_ / "out") ? names_in(folder_ / "out") : std::vector<std::string>{};
  }
};

TEST_F(Transcribe, WritesFiveFilesAndPrintsWhatIsSaid) {
  const auto result = run({"tone.wav"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(result.errors, "");
  EXPECT_THAT(result.output, StartsWith("Detected language: "));
  EXPECT_THAT(result.output, Not(HasSubstr("tone.wav")));
  EXPECT_THAT(outputs(), ElementsAre("tone.json", "tone.srt", "tone.tsv", "tone.txt", "tone.vtt"));
  const Json json = Json::parse(read_file(folder_ / "out" / "tone.json"));
  for (const Json& segment : json["segments"]) {
    EXPECT_THAT(result.output, HasSubstr("] "));
    EXPECT_LE(segment["tokens"].size(), 16U);
  }
  EXPECT_THAT(read_file(folder_ / "out" / "tone.vtt"), StartsWith("WEBVTT\n\n"));
}

TEST_F(Transcribe, NamesTheRecordingsWhenThereAreSeveral) {
  copy_tone("other.wav");
  const auto result = run({"tone.wav", "other.wav"}, {"--language", "de"});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output, StartsWith(concat(path("tone.wav"), "\n")));
  EXPECT_THAT(result.output, HasSubstr(concat("\n", path("other.wav"), "\n")));
  EXPECT_THAT(result.output, Not(HasSubstr("Detected")));
}

TEST_F(Transcribe, PrintsNoTextWhenItIsNotWanted) {
  const auto quiet = run({"tone.wav"}, {"--quiet"});
  EXPECT_EQ(quiet.exit_code, 0) << quiet.errors;
  EXPECT_EQ(quiet.output + quiet.errors, "");
  EXPECT_EQ(outputs().size(), 5U);
  const auto brief = run({"tone.wav"}, {"--verbose", "False"});
  EXPECT_THAT(brief.output, StartsWith("Detected language: "));
  EXPECT_EQ(std::count(brief.output.begin(), brief.output.end(), '\n'), 1);
}

TEST_F(Transcribe, PrintsJson) {
  const auto result = run({"tone.wav"}, {"--json", "--language", "de", "--output_format", "none"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_TRUE(outputs().empty());
  EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1);
  const Json json = Json::parse(result.output);
  EXPECT_EQ(json["audio_file"], path("tone.wav"));
  EXPECT_EQ(json["language"], "de");
  EXPECT_EQ(json["language_detected"], false);
  EXPECT_TRUE(json["segments"].is_array());
  EXPECT_TRUE(json["text"].is_string());
  EXPECT_DOUBLE_EQ(json["audio_seconds"].get<double>(), 0.5);
  EXPECT_GT(json["encode_time"].get<double>(), 0);
}

TEST_F(Transcribe, HearsALanguageWhenNoneIsGiven) {
  const auto result = run({"tone.wav"}, {"--json", "-f", "none", "--language", "None"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(Json::parse(result.output)["language_detected"], true);
}

TEST_F(Transcribe, OneBadRecordingDoesNotStopTheOthers) {
  write_file(folder_ / "noise.wav", "this is no audio at all");
  const auto result = run({"noise.wav", "tone.wav", "absent.wav"}, {"-f", "txt"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 2) << result.errors;
  EXPECT_THAT(result.errors, AllOf(HasSubstr("noise.wav"), HasSubstr("absent.wav")));
  EXPECT_THAT(outputs(), ElementsAre(".sotto", "tone.txt"));
}

TEST_F(Transcribe, ReadsStandardInput) {
  const auto nothing = run({"-"}, {"-f", "txt"});  // of tests it is empty
  EXPECT_EQ(nothing.exit_code, 1);
  EXPECT_TRUE(is_one_sentence(nothing.errors)) << nothing.errors;
  EXPECT_THAT(nothing.errors, HasSubstr("standard input"));
  EXPECT_TRUE(outputs().empty());
}

TEST_F(Transcribe, ReadsAFolder) {
  fs::create_directory(folder_ / "calls");
  for (const char* name : {"calls/b.wav", "calls/a.wav"}) copy_tone(name);
  write_file(folder_ / "calls" / "notes.txt", "no recording");
  const auto result = run({"calls"}, {"-f", "txt"});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(outputs(), ElementsAre(".sotto", "a.txt", "b.txt"));
}

TEST_F(Transcribe, RefusesTwoRecordingsOfOneNameBeforeAnyWork) {
  fs::create_directory(folder_ / "calls");
  copy_tone("calls/tone.wav");
  const auto result = run({"tone.wav", "calls"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(is_one_sentence(result.errors)) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("calls/tone.wav"));
  EXPECT_FALSE(fs::exists(folder_ / "out"));
  EXPECT_EQ(run({"tone.wav", "calls"}, {"-f", "none"}).exit_code, 0);
}

TEST_F(Transcribe, HearsARecordingLongerThanTheWindow) {
  write_file(folder_ / "long.wav", wav_bytes(sine(440, 9000, 16000, 40000), 16000, 1));
  const auto result = run({"long.wav"}, {"--json", "-f", "none"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_DOUBLE_EQ(Json::parse(result.output)["audio_seconds"].get<double>(), 2.5);
}

TEST_F(Transcribe, RefusesAnUnknownLanguageBeforeAnyWork) {
  const auto result = run({"tone.wav"}, {"--language", "klingon"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(is_one_sentence(result.errors)) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("klingon"));
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(Transcribe, RefusesAnUnknownBackEndAndListsTheKnownOnes) {
  const auto result = run({"tone.wav"}, {"--backend", "abacus"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(is_one_sentence(result.errors)) << result.errors;
  EXPECT_THAT(result.errors, AllOf(HasSubstr("abacus"), HasSubstr("cpu")));
}

TEST_F(Transcribe, WarnsOfAnOptionWithoutEffectUnlessQuiet) {
  const std::vector<std::string> options{"--max_line_count", "2", "--word_timestamps", "-f",
                                         "none"};
  EXPECT_THAT(run({"absent.wav"}, options).errors, HasSubstr("--max_line_width"));
}

/// The command line of a batch that is killed again and again.
class KilledTranscribe : public Transcribe {
 protected:
  static constexpr int kRecordings = 4;

  /// When each finished recording's text was written; those on record only.
  [[nodiscard]] std::vector<fs::file_time_type> written() const {
    std::vector<fs::file_time_type> times;
    for (int i = 0; i < kRecordings; ++i) {
      const std::string name = concat("r", i);
      if (!fs::exists(folder_ / "out" / ".sotto" / (name + ".json"))) break;
      times.push_back(fs::last_write_time(folder_ / "out" / (name + ".txt")));
    }
    return times;
  }
};

TEST_F(KilledTranscribe, FinishesNothingTwice) {
  std::vector<std::string> recordings;
  for (int i = 0; i < kRecordings; ++i) {
    recordings.push_back(concat("r", i, ".wav"));
    copy_tone(recordings.back());
  }
  const auto command = words(recordings, {"--resume", "--language", "en"});
  std::mt19937 random(448);
  for (int kill = 0; kill < 15; ++kill) {
    const auto before = written();
    kill_sotto_after(command, std::uniform_int_distribution(0, 600'000)(random));
    const auto after = written();
    ASSERT_GE(after.size(), before.size());
    EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin()));
  }
  const auto before = written();
  const auto result = run_sotto(command);
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  const auto after = written();
  ASSERT_EQ(after.size(), static_cast<std::size_t>(kRecordings));
  EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin()));
  EXPECT_EQ(outputs().size(), 5U * kRecordings + 1);
  for (int i = 1; i < kRecordings; ++i) {  // the same recording: the same outputs
    EXPECT_EQ(read_file(folder_ / "out" / concat("r", i, ".json")),
              read_file(folder_ / "out" / "r0.json"));
  }
}

}  // namespace
}  // namespace sotto::test
