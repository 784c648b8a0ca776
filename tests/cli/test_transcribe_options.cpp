#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "option_values.h"
#include "shown.h"
#include "spelling.h"
#include "transcribe_arguments.h"

namespace sotto::cli {
namespace {

using Words = std::vector<std::string>;

/// What the command line becomes, a recording and a model added to it.
TranscribeArguments parsed(const Words& words) {
  TranscribeArguments arguments;
  CLI::App app("", "transcribe");
  add_transcribe_options(app, arguments);
  Words all = spelled_for(app, words);
  all.insert(all.begin(), {"-m", "model.pt", "a.wav"});
  std::reverse(all.begin(), all.end());
  app.parse(all);
  complete(arguments);
  return arguments;
}

/// The sentence with which it is refused; empty when it is not.
std::string refusal(const Words& words) {
  try {
    static_cast<void>(parsed(words));
    return "";
  } catch (const CLI::ParseError& problem) {
    return problem.what();
  } catch (const Error& problem) {
    EXPECT_EQ(problem.kind(), ErrorKind::usage);
    return with_flags(problem.message());
  }
}

TEST(TranscribeOptions, HaveTheDefaultsOfTheReferencesCommandLine) {
  const TranscribeArguments arguments = parsed({});
  const TranscribeOptions& options = arguments.options;
  EXPECT_EQ(options.language, std::nullopt);
  EXPECT_EQ(options.decoding.task, Task::transcribe);
  EXPECT_EQ(options.decoding.beam_size, 5);
  EXPECT_EQ(options.decoding.best_of, 5);
  EXPECT_EQ(options.decoding.patience, std::nullopt);
  EXPECT_EQ(options.decoding.length_penalty, std::nullopt);
  EXPECT_EQ(options.decoding.suppress_tokens, std::vector<TokenId>{-1});
  EXPECT_EQ(options.temperatures, (std::vector{0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0}));
  EXPECT_EQ(options.compression_ratio_threshold, 2.4);
  EXPECT_EQ(options.logprob_threshold, -1.0);
  EXPECT_EQ(options.no_speech_threshold, 0.6);
  EXPECT_TRUE(options.condition_on_previous_text);
  EXPECT_FALSE(options.word_timestamps);
  EXPECT_EQ(options.clip_timestamps, std::vector{0.0});
  EXPECT_EQ(arguments.formats.size(), 5U);
  EXPECT_EQ(arguments.output_dir, ".");
  EXPECT_TRUE(arguments.verbose);
}

TEST(TranscribeOptions, TakeDashesForUnderscores) {
  EXPECT_EQ(parsed({"--beam-size", "3"}).options.decoding.beam_size, 3);
  EXPECT_EQ(parsed({"--beam_size=4"}).options.decoding.beam_size, 4);
  EXPECT_EQ(parsed({"--beam-size=4"}).options.decoding.beam_size, 4);
  EXPECT_EQ(parsed({"--initial-prompt", "--beam-size"}).options.initial_prompt, "--beam-size");
}

TEST(TranscribeOptions, TakeNoneForNothing) {
  const TranscribeArguments arguments =
      parsed({"--language", "None", "--beam_size", "None", "--best_of", "None",
              "--compression_ratio_threshold", "None", "--logprob_threshold=None",
              "--no_speech_threshold", "None", "--temperature_increment_on_fallback", "None"});
  EXPECT_EQ(arguments.options.language, std::nullopt);
  EXPECT_EQ(arguments.options.decoding.beam_size, std::nullopt);
  EXPECT_EQ(arguments.options.decoding.best_of, std::nullopt);
  EXPECT_EQ(arguments.options.compression_ratio_threshold, std::nullopt);
  EXPECT_EQ(arguments.options.logprob_threshold, std::nullopt);
  EXPECT_EQ(arguments.options.no_speech_threshold, std::nullopt);
  EXPECT_EQ(arguments.options.temperatures, std::vector{0.0});
}

TEST(TranscribeOptions, SwitchesSwallowNoRecording) {
  const TranscribeArguments bare = parsed({"--word_timestamps", "b.wav"});
  EXPECT_TRUE(bare.options.word_timestamps);
  EXPECT_EQ(bare.inputs, (Words{"a.wav", "b.wav"}));
  const TranscribeArguments off = parsed({"--verbose", "False", "b.wav", "--word-timestamps=True"});
  EXPECT_FALSE(off.verbose);
  EXPECT_TRUE(off.options.word_timestamps);
  EXPECT_EQ(off.inputs, (Words{"a.wav", "b.wav"}));
  EXPECT_TRUE(parsed({"--word_timestamps"}).options.word_timestamps);
  EXPECT_EQ(parsed({"--word_timestamps", "--", "True"}).inputs, (Words{"a.wav", "True"}));
}

TEST(TranscribeOptions, ReadLists) {
  const TranscribeArguments arguments = parsed({"--suppress_tokens", "-1,50,7", "--clip_timestamps",
                                                "0,1.5,3", "--alignment-heads", "3:1,4:2"});
  EXPECT_EQ(arguments.options.decoding.suppress_tokens, (std::vector<TokenId>{-1, 50, 7}));
  EXPECT_EQ(arguments.options.clip_timestamps, (std::vector{0.0, 1.5, 3.0}));
  ASSERT_EQ(arguments.alignment_heads.size(), 2U);
  EXPECT_EQ(arguments.alignment_heads[1], (std::pair<std::int64_t, std::int64_t>{4, 2}));
  EXPECT_TRUE(parsed({"--suppress_tokens", ""}).options.decoding.suppress_tokens.empty());
}

TEST(TranscribeOptions, SayWhatRawSamplesAre) {
  EXPECT_FALSE(parsed({}).pcm);
  const auto format = parsed({"--pcm", "f32le,48000,2"}).pcm;
  ASSERT_TRUE(format);
  EXPECT_EQ(format->rate, 48000);
  EXPECT_EQ(format->channels, 2U);
}

TEST(TranscribeOptions, ChooseFormats) {
  EXPECT_EQ(parsed({"-f", "srt"}).formats, std::vector{OutputFormat::srt});
  EXPECT_TRUE(parsed({"--output_format", "none"}).formats.empty());
}

TEST(TranscribeOptions, RefuseInOneSentenceThatNamesTheFlag) {
  const std::vector<std::pair<Words, std::string>> cases{
      {{"--beam_size", "0"}, "--beam_size"},
      {{"--beam_size", "5.5"}, "--beam_size"},
      {{"--beam_size", "many"}, "\"many\""},
      {{"--best_of", "1000"}, "--best_of"},
      {{"--patience", "1", "--beam_size", "None"}, "--patience"},
      {{"--length_penalty", "1.5"}, "--length_penalty"},
      {{"--temperature", "nan"}, "--temperature"},
      {{"--temperature", "1.5"}, "--temperature"},
      {{"--temperature", "-0.1", "--temperature_increment_on_fallback", "None"}, "--temperature"},
      {{"--temperature_increment_on_fallback", "0"}, "--temperature_increment_on_fallback"},
      {{"--logprob_threshold", "inf"}, "--logprob_threshold"},
      {{"--suppress_tokens", "1,,2"}, "--suppress_tokens"},
      {{"--suppress_tokens", "99999999999"}, "--suppress_tokens"},
      {{"--clip_timestamps", "1,x"}, "--clip_timestamps"},
      {{"--clip_timestamps", "5,1"}, "--clip_timestamps"},
      {{"--verbose=no"}, "--verbose"},
      {{"--task", "sing"}, "--task"},
      {{"-f", "pdf"}, "--output_format"},
      {{"--threads", "-1"}, "--threads"},
      {{"--seed", "-1"}, "--seed"},
      {{"--device", "cuda"}, "--backend"},
      {{"--alignment_heads", "3"}, "LAYER:HEAD"},
      {{"--max_line_width", "42"}, "--word_timestamps"},
      {{"--max_line_count", "2"}, "--word_timestamps"},
      {{"--max_words_per_line", "2"}, "--word_timestamps"},
      {{"--highlight_words"}, "--word_timestamps"},
      {{"--max_line_width", "-1", "--word_timestamps"}, "--max_line_width"},
      {{"--hallucination_silence_threshold", "2"}, "--word_timestamps"},
      {{"--vad", "--clip_timestamps", "1,2"}, "--clip_timestamps"},
      {{"--vad_model", "x.jit"}, "--vad"},
      {{"--resume", "-f", "none"}, "--resume"},
      {{"--model_dir", "x"}, "--model_dir"},
      {{"--pcm", "wav"}, "--pcm: expected s16le or f32le"},
      {{"--pcm", "s16le,16000"}, "as in s16le,16000,1, found \"s16le,16000\""},
  };
  for (const auto& [words, part] : cases) {
    const std::string sentence = refusal(words);
    EXPECT_NE(sentence.find(part), std::string::npos) << words[0] << ": " << sentence;
    EXPECT_EQ(sentence.find('\n'), std::string::npos) << sentence;
  }
}

TEST(TranscribeOptions, AcceptWhatHasNoEffect) {
  EXPECT_EQ(refusal({"--fp16", "False", "--device", "cpu", "--highlight_words", "False",
                     "--max_line_width", "0", "--max_line_count", "None"}),
            "");
}

TEST(TranscribeOptions, WarnOfWhatContradictsItself) {
  EXPECT_TRUE(warnings_about(parsed({})).empty());
  EXPECT_EQ(warnings_about(parsed({"--word_timestamps", "--max_line_count", "2"})).size(), 1U);
  EXPECT_EQ(warnings_about(parsed({"--word_timestamps", "--max_line_width", "20",
                                   "--max_words_per_line", "2"}))
                .size(),
            1U);
  EXPECT_EQ(warnings_about(parsed({"--word_timestamps", "--task", "translate"})).size(), 1U);
}

TEST(Temperatures, AreThoseOfNumpysArange) {
  EXPECT_EQ(temperatures_from(0.1, 0.2), (std::vector{0.1, 0.30000000000000004, 0.5000000000000001,
                                                      0.7000000000000001, 0.9000000000000001}));
  EXPECT_EQ(temperatures_from(0.0, 0.3), (std::vector{0.0, 0.3, 0.6, 0.8999999999999999}));
  EXPECT_EQ(temperatures_from(1.0, 0.2), std::vector{1.0});
  EXPECT_EQ(temperatures_from(0.5, 2.0), std::vector{0.5});
  EXPECT_EQ(temperatures_from(0.0, 0.01).size(), 101U);
}

}  // namespace
}  // namespace sotto::cli
