#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

#include "core/base/error.h"
#include "decoding/made_vocabulary.h"
#include "run/decoding/transcribe.h"
#include "support/expect_error.h"
#include "support/expect_transcript.h"
#include "support/scripted_batch.h"

// The loop over batches: that clips side by side say what they say one by one, and that the steps
// stay full.

namespace sotto::test {
namespace {

using Tokens = std::vector<TokenId>;
using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

TokenId at(double seconds) { return kTimestamp + static_cast<TokenId>(std::lround(seconds * 50)); }

/// What each window says, by the frame at which it begins; nothing elsewhere.
using Script = std::map<std::int64_t, Tokens>;

ScriptedWindows::Answer answers(Script script) {
  return [script = std::move(script)](std::int64_t seek, const Tokens& tokens) {
    if (tokens.back() == kStart) return favouring(kEnglish + 2);
    const auto task = std::find(tokens.rbegin(), tokens.rend(), kTranscribe);
    const auto sampled = static_cast<std::size_t>(task - tokens.rbegin());
    const auto said = script.find(seek);
    const bool over = said == script.end() || sampled >= said->second.size();
    return favouring(over ? kEndOfText : said->second[sampled], 40);
  };
}

/// Four clips of different lengths, the second of which takes two windows.
Script four_clips() {
  return {{0, {at(0), 'a', 'b', 'c', at(9)}},
          {2000, {at(0), 'd', at(8), at(8), 'e', at(11), at(11)}},
          {3100, {at(0), 'f', at(4)}},
          {6000, {at(0), 'g', at(2)}},
          {9000, {at(0), 'h', 'i', 'j', 'k', 'l', 'm', at(29)}}};
}

TranscribeOptions options_of_clips() {
  TranscribeOptions options;
  options.language = "en";
  options.temperatures = {0};
  options.condition_on_previous_text = false;
  options.clip_timestamps = {0, 10, 20, 55, 60, 62, 90, 120};
  return options;
}

Transcript in_batches(std::size_t places, const TranscribeOptions& options,
                      const TranscribeObserver& observer = {}) {
  ScriptedBatch audio(12000, places, answers(four_clips()));
  return transcribe_in_batches(audio, tokenizer(), options, observer);
}

TEST(TranscribeBatches, SayWhatTheClipsSayOneByOne) {
  ScriptedWindows alone(12000, answers(four_clips()));
  const Transcript expected = transcribe(alone, tokenizer(), options_of_clips());
  EXPECT_EQ(expected.text, "abcdefghijklm");
  for (const std::size_t places : {1U, 2U, 3U, 4U, 9U}) {
    expect_transcript(in_batches(places, options_of_clips()), expected);
  }
}

TEST(TranscribeBatches, SearchBeamsOfEachWindow) {
  TranscribeOptions options = options_of_clips();
  options.decoding.beam_size = 3;
  ScriptedWindows alone(12000, answers(four_clips()));
  const Transcript expected = transcribe(alone, tokenizer(), options);
  for (const std::size_t places : {1U, 3U})
    expect_transcript(in_batches(places, options), expected);
}

TEST(TranscribeBatches, FillThePlaceOfAWindowThatIsDone) {
  Script script;
  TranscribeOptions options = options_of_clips();
  options.clip_timestamps.clear();
  constexpr std::size_t kClips = 12;
  for (std::size_t clip = 0; clip < kClips; ++clip) {
    Tokens said(3 + clip % 3, 'a');
    said.front() = at(0);
    said.push_back(at(5));
    script[static_cast<std::int64_t>(clip) * 1000] = said;
    const auto begin = static_cast<double>(clip) * 10;
    options.clip_timestamps.insert(options.clip_timestamps.end(), {begin, begin + 5});
  }
  ScriptedBatch audio(12000, 4, answers(script));
  (void)transcribe_in_batches(audio, tokenizer(), options);
  const auto full = std::count(audio.steps.begin(), audio.steps.end(), 4U);
  // Until the last of them has begun no step is less than full.
  EXPECT_EQ(std::find_if(audio.steps.begin(), audio.steps.end(),
                         [](std::size_t windows) { return windows < 4; }) -
                audio.steps.begin(),
            full);
  EXPECT_GE(full, static_cast<std::ptrdiff_t>(audio.steps.size()) - 6);
  EXPECT_EQ(audio.windows.size(), kClips);
}

/// A clip of ten seconds, whose text would rather end after so many of them than go on.
ScriptedBatch heard_until(double seconds) {
  return {1000, 1, [seconds](std::int64_t seek, const Tokens& tokens) {
            auto logits = answers({{0, {at(0), 'a', at(seconds), at(seconds)}}})(seek, tokens);
            if (tokens.back() == 'b') return favouring(at(9.9));
            logits['b'] = 20;
            return logits;
          }};
}

TEST(TranscribeBatches, HearAClipToItsEndInOneWindow) {
  TranscribeOptions options = options_of_clips();
  options.clip_timestamps = {0, 10};
  ScriptedBatch audio = heard_until(9.5);
  EXPECT_EQ(transcribe_in_batches(audio, tokenizer(), options).text, "ab");
  EXPECT_THAT(audio.windows, ElementsAre(Pair(0, 1000)));
}

TEST(TranscribeBatches, HearAnewWhatIsTooShortForAWord) {
  TranscribeOptions options = options_of_clips();
  options.clip_timestamps = {0, 10};
  ScriptedBatch audio = heard_until(9.52);
  EXPECT_EQ(transcribe_in_batches(audio, tokenizer(), options).text, "a");
  EXPECT_THAT(audio.windows, ElementsAre(Pair(0, 1000), Pair(952, 48)));
}

TEST(TranscribeBatches, KeepNoPromptButTheInitialOne) {
  TranscribeOptions options = options_of_clips();
  options.condition_on_previous_text = true;
  options.initial_prompt = "x";
  ScriptedBatch audio(12000, 2, answers(four_clips()));
  (void)transcribe_in_batches(audio, tokenizer(), options);
  const Tokens first{kPrevious, ' ', 'x', kStart, kEnglish, kTranscribe};
  for (const std::int64_t seek : {0, 2000, 6000, 9000}) {
    EXPECT_THAT(audio.prompts[seek], ElementsAre(first)) << seek;
  }
  EXPECT_THAT(audio.prompts[3100], ElementsAre(Tokens{kStart, kEnglish, kTranscribe}));
}

TEST(TranscribeBatches, DetectTheLanguageOnce) {
  TranscribeOptions options = options_of_clips();
  options.language.reset();
  std::vector<std::string> heard;
  TranscribeObserver observer;
  observer.on_language = [&](const std::string& language) { heard.push_back(language); };
  EXPECT_EQ(in_batches(3, options, observer).language, "de");
  EXPECT_THAT(heard, ElementsAre("de"));
}

TEST(TranscribeBatches, TellSegmentsInTheOrderOfTheRecording) {
  std::vector<std::int64_t> ids;
  std::vector<double> starts;
  std::vector<std::int64_t> progress;
  TranscribeObserver observer;
  observer.on_segments = [&](const std::vector<Segment>& segments) {
    for (const Segment& segment : segments) {
      ids.push_back(segment.id);
      starts.push_back(segment.start);
    }
  };
  observer.on_progress = [&](std::int64_t done, std::int64_t total) {
    progress.push_back(done);
    EXPECT_EQ(total, 12000);
  };
  (void)in_batches(4, options_of_clips(), observer);
  EXPECT_THAT(ids, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_TRUE(std::is_sorted(starts.begin(), starts.end()));
  EXPECT_TRUE(std::is_sorted(progress.begin(), progress.end()));
  EXPECT_EQ(progress.back(), 12000);
}

/// A window that repeats itself at temperature 0, and says something else when it is tried again.
TEST(TranscribeBatches, TryAWindowThatFailsAgainByItself) {
  TranscribeOptions options = options_of_clips();
  options.temperatures = {0, 0};  // what is drawn above 0 differs by its seeds
  options.compression_ratio_threshold = 2;
  Script script = four_clips();
  script[2000] = Tokens(60, 'd');
  script[2000].front() = at(0);
  script[2000].back() = at(12);
  ScriptedBatch audio(12000, 3, answers(script));
  const Transcript transcript = transcribe_in_batches(audio, tokenizer(), options);
  EXPECT_EQ(audio.prompts[2000].size(), 2U);
  EXPECT_EQ(audio.prompts[0].size(), 1U);
  EXPECT_EQ(
      std::count(audio.windows.begin(), audio.windows.end(), std::pair<long, long>(2000, 3000)), 1)
      << "it is encoded once";
  EXPECT_THAT(transcript.text, testing::StartsWith("abcdd"));
}

/// The draws of a window do not depend on which windows are beside it.
TEST(TranscribeBatches, DrawTheSameInAnyBatch) {
  TranscribeOptions options = options_of_clips();
  options.temperatures = {1};
  options.decoding.best_of = 2;
  options.decoding.without_timestamps = true;
  const auto any_letter = [](std::int64_t, const Tokens& tokens) {
    const auto first = std::find(tokens.rbegin(), tokens.rend(), kNoTimestamps);
    if (first - tokens.rbegin() >= 9) return favouring(kEndOfText, 99);
    std::vector<float> logits(static_cast<std::size_t>(kMultilingual), 0.0F);
    for (TokenId letter = 'a'; letter <= 'z'; ++letter) {
      logits[static_cast<std::size_t>(letter)] = 99;
    }
    return logits;
  };
  std::vector<std::string> texts;
  for (const std::size_t places : {1U, 2U, 4U}) {
    ScriptedBatch audio(12000, places, any_letter);
    texts.push_back(transcribe_in_batches(audio, tokenizer(), options).text);
  }
  EXPECT_EQ(texts[0].size(), 5U * 9);
  EXPECT_NE(texts[0].substr(0, 9), texts[0].substr(9, 9));
  EXPECT_EQ(texts[1], texts[0]);
  EXPECT_EQ(texts[2], texts[0]);
}

TEST(TranscribeBatches, TakeSilenceForSilence) {
  ScriptedBatch audio(12000, 2, [](std::int64_t seek, const Tokens& tokens) {
    auto logits = answers(four_clips())(seek, tokens);
    if (seek == 2000) {
      if (tokens.back() == kStart) logits[static_cast<std::size_t>(kNoSpeech)] = 99;
      if (tokens.back() == kTranscribe) std::fill(logits.begin(), logits.end(), 0.0F);
    }
    return logits;
  });
  TranscribeOptions options = options_of_clips();
  options.logprob_threshold = -0.01;
  EXPECT_EQ(transcribe_in_batches(audio, tokenizer(), options).text, "abcghijklm");
  EXPECT_THAT(audio.windows, UnorderedElementsAre(Pair(0, 1000), Pair(2000, 3000), Pair(5000, 500),
                                                  Pair(6000, 200), Pair(9000, 3000)));
}

TEST(TranscribeBatches, HearNothingWhereThereAreNoClips) {
  TranscribeOptions options = options_of_clips();
  options.clip_timestamps = {0, 0};
  const Transcript transcript = in_batches(2, options);
  EXPECT_EQ(transcript.text, "");
  EXPECT_TRUE(transcript.segments.empty());
}

TEST(TranscribeBatches, RefuseWhatTheLoopRefuses) {
  TranscribeOptions options = options_of_clips();
  options.language = "xx";
  EXPECT_THROW((void)in_batches(2, options), Error);
  options = options_of_clips();
  options.temperatures.clear();
  EXPECT_THROW((void)in_batches(2, options), Error);
}

}  // namespace
}  // namespace sotto::test
