#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

#include "core/base/error.h"
#include "decoding/made_vocabulary.h"
#include "run/decoding/transcribe.h"
#include "support/scripted_windows.h"

namespace sotto::test {
namespace {

using Tokens = std::vector<TokenId>;
using testing::ElementsAre;
using testing::Pair;

TokenId at(double seconds) { return kTimestamp + static_cast<TokenId>(seconds * 50 + 0.5); }

/// What each window says, by the frame at which it begins; nothing elsewhere.
using Script = std::map<std::int64_t, Tokens>;

ScriptedWindows windows_of(std::int64_t content_frames, Script script) {
  return {content_frames, [script = std::move(script)](std::int64_t seek, const Tokens& tokens) {
            // What follows language and task has been sampled.
            const auto task = std::find(tokens.rbegin(), tokens.rend(), kTranscribe);
            const auto sampled = static_cast<std::size_t>(task - tokens.rbegin());
            const auto said = script.find(seek);
            const bool over = said == script.end() || sampled >= said->second.size();
            return favouring(over ? kEndOfText : said->second[sampled], 40);
          }};
}

TranscribeOptions english() {
  TranscribeOptions options;
  options.language = "en";
  options.temperatures = {0};
  return options;
}

Script two_windows() {
  return {{0, {at(0), 'a', at(20), at(20), 'b', at(25), at(25)}}, {2500, {at(0), 'c', at(10)}}};
}

TEST(TranscribeLoop, SeeksToTheLastTimestamp) {
  auto audio = windows_of(4000, two_windows());
  const Transcript transcript = transcribe(audio, tokenizer(), english());
  EXPECT_THAT(audio.windows, ElementsAre(Pair(0, 3000), Pair(2500, 1500)));
  ASSERT_EQ(transcript.segments.size(), 3U);
  EXPECT_EQ(transcript.text, "abc");
  EXPECT_EQ(transcript.language, "en");
  EXPECT_EQ(transcript.segments[2].id, 2);
  EXPECT_EQ(transcript.segments[2].start, 25);
  EXPECT_EQ(transcript.segments[2].end, 35);
  EXPECT_EQ(transcript.segments[2].seek, 2500);
  EXPECT_FALSE(transcript.segments[2].words.has_value());
}

TEST(TranscribeLoop, WhatWasSaidIsTheNextPrompt) {
  auto audio = windows_of(4000, two_windows());
  (void)transcribe(audio, tokenizer(), english());
  EXPECT_THAT(audio.prompts(), ElementsAre(ElementsAre(kStart, kEnglish, kTranscribe),
                                           ElementsAre(kPrevious, at(0), 'a', at(20), at(20), 'b',
                                                       at(25), kStart, kEnglish, kTranscribe)));
}

TEST(TranscribeLoop, ForgetsWhatWasSaidWhenAskedTo) {
  auto audio = windows_of(4000, two_windows());
  TranscribeOptions options = english();
  options.condition_on_previous_text = false;
  options.initial_prompt = " x";
  (void)transcribe(audio, tokenizer(), options);
  EXPECT_THAT(audio.prompts(),
              ElementsAre(ElementsAre(kPrevious, ' ', 'x', kStart, kEnglish, kTranscribe),
                          ElementsAre(kStart, kEnglish, kTranscribe)));
}

TEST(TranscribeLoop, CarriesTheInitialPrompt) {
  auto audio = windows_of(4000, two_windows());
  TranscribeOptions options = english();
  options.condition_on_previous_text = false;
  options.initial_prompt = "x";
  options.carry_initial_prompt = true;
  (void)transcribe(audio, tokenizer(), options);
  const auto prompts = audio.prompts();
  ASSERT_EQ(prompts.size(), 2U);
  EXPECT_EQ(prompts[0], prompts[1]);
}

TEST(TranscribeLoop, TheInitialPromptIsNoText) {
  auto audio = windows_of(1000, {{0, {at(0), 'a', at(5)}}});
  TranscribeOptions options = english();
  options.initial_prompt = "x";
  EXPECT_EQ(transcribe(audio, tokenizer(), options).text, "a");
}

TEST(TranscribeLoop, DetectsTheLanguage) {
  ScriptedWindows audio(1000, [](std::int64_t, const Tokens& tokens) {
    if (tokens.back() == kStart) return favouring(kEnglish + 2);
    return favouring(tokens.back() == kTranscribe ? at(0) : kEndOfText, 40);
  });
  TranscribeOptions options = english();
  options.language.reset();
  std::string heard;
  TranscribeObserver observer;
  observer.on_language = [&](const std::string& language) { heard = language; };
  EXPECT_EQ(transcribe(audio, tokenizer(), options, observer).language, "de");
  EXPECT_EQ(heard, "de");
  EXPECT_EQ(audio.openings, 1);
  EXPECT_EQ(audio.prompts().back()[1], kEnglish + 2);
}

TEST(TranscribeLoop, SkipsSilence) {
  ScriptedWindows audio(3500, [](std::int64_t, const Tokens& tokens) {
    // Silence is nearly certain, and no text is likely.
    if (tokens.back() == kStart) return favouring(kNoSpeech, 20);
    return std::vector<float>(static_cast<std::size_t>(kMultilingual), 0.0F);
  });
  TranscribeOptions options = english();
  options.decoding.sample_len = 3;
  EXPECT_TRUE(transcribe(audio, tokenizer(), options).segments.empty());
  EXPECT_THAT(audio.windows, ElementsAre(Pair(0, 3000), Pair(3000, 500)));
}

TEST(TranscribeLoop, FallsBackWhileTheTextRepeatsItself) {
  auto audio = windows_of(1000, {{0, Tokens(150, 'a')}});
  TranscribeOptions options = english();
  options.decoding.without_timestamps = true;
  options.temperatures = {0, 0.2, 0.4};
  const Transcript transcript = transcribe(audio, tokenizer(), options);
  ASSERT_EQ(transcript.segments.size(), 1U);
  EXPECT_EQ(transcript.segments[0].temperature, 0.4);
  EXPECT_GT(transcript.segments[0].compression_ratio, 2.4);
  options.compression_ratio_threshold.reset();
  EXPECT_EQ(transcribe(audio, tokenizer(), options).segments[0].temperature, 0);
}

TEST(TranscribeLoop, ClearsInstantaneousAndEmptySegments) {
  auto audio = windows_of(1000, {{0, {at(1), 'a', at(2), at(3), '\n', at(4), at(4), 'b', at(5)}}});
  const Transcript transcript = transcribe(audio, tokenizer(), english());
  ASSERT_EQ(transcript.segments.size(), 3U);
  EXPECT_EQ(transcript.segments[1].text, "");
  EXPECT_TRUE(transcript.segments[1].tokens.empty());
  EXPECT_TRUE(transcript.segments[1].words.has_value());
  EXPECT_EQ(transcript.text, "ab");
}

TEST(TranscribeLoop, HearsTheClipsAlone) {
  auto audio = windows_of(10000, {});
  TranscribeOptions options = english();
  options.clip_timestamps = {5, 10.004, 50};
  (void)transcribe(audio, tokenizer(), options);
  EXPECT_THAT(audio.windows, ElementsAre(Pair(500, 500), Pair(5000, 3000), Pair(8000, 2000)));
}

TEST(TranscribeLoop, AClipEndsWithTheRecording) {
  auto audio = windows_of(1000, {});
  TranscribeOptions options = english();
  options.clip_timestamps = {5, 99, 200, 300};
  (void)transcribe(audio, tokenizer(), options);
  EXPECT_THAT(audio.windows, ElementsAre(Pair(500, 500)));
}

TEST(TranscribeLoop, AlwaysMovesOn) {
  // A pair of timestamps at the very beginning would seek to where the window is.
  ScriptedWindows stuck(1000, [](std::int64_t, const Tokens& tokens) {
    const bool first = tokens.back() == kTranscribe;
    return favouring(first || tokens.back() == at(0) ? at(0) : kEndOfText, 40);
  });
  TranscribeOptions options = english();
  options.decoding.suppress_blank = false;
  (void)transcribe(stuck, tokenizer(), options);
  EXPECT_EQ(stuck.windows.size(), 1U);
}

TEST(TranscribeLoop, TellsHowFarItIs) {
  auto audio = windows_of(4000, two_windows());
  std::vector<std::int64_t> done;
  std::size_t segments = 0;
  TranscribeObserver observer;
  observer.on_progress = [&](std::int64_t frames, std::int64_t total) {
    EXPECT_EQ(total, 4000);
    done.push_back(frames);
  };
  observer.on_segments = [&](const std::vector<Segment>& found) { segments += found.size(); };
  (void)transcribe(audio, tokenizer(), english(), observer);
  EXPECT_THAT(done, ElementsAre(2500, 4000));
  EXPECT_EQ(segments, 3U);
}

TEST(TranscribeLoop, RefusesWhatMakesNoSense) {
  auto audio = windows_of(1000, {});
  const auto expect_refusal = [&](auto change) {
    TranscribeOptions options = english();
    change(options);
    EXPECT_THROW((void)transcribe(audio, tokenizer(), options), Error);
  };
  expect_refusal([](TranscribeOptions& options) { options.language = "klingon"; });
  expect_refusal([](TranscribeOptions& options) { options.temperatures.clear(); });
  expect_refusal([](TranscribeOptions& options) { options.temperatures = {-1}; });
  expect_refusal([](TranscribeOptions& options) { options.clip_timestamps = {5, 4}; });
  expect_refusal([](TranscribeOptions& options) { options.clip_timestamps = {-1}; });
  expect_refusal([](TranscribeOptions& options) { options.hallucination_silence_threshold = 2; });
  expect_refusal([](TranscribeOptions& options) { options.carry_initial_prompt = true; });
  expect_refusal([](TranscribeOptions& options) { options.decoding.patience = 2; });
  EXPECT_TRUE(audio.windows.empty());
}

TEST(RequestedLanguage, OfAnEnglishOnlyModelIsEnglish) {
  const Tokenizer english_only = made_tokenizer(51864);
  TranscribeOptions options;
  EXPECT_EQ(requested_language(english_only, options), std::nullopt);
  options.language = "English";
  EXPECT_EQ(requested_language(english_only, options), std::nullopt);
  options.language = "de";
  EXPECT_THROW((void)requested_language(english_only, options), Error);
  options.language.reset();
  options.decoding.task = Task::translate;
  EXPECT_THROW((void)requested_language(english_only, options), Error);
}

}  // namespace
}  // namespace sotto::test
