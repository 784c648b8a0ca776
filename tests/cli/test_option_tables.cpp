// That parsing, --help and records of jobs follow from the tables of options, and that nothing is
// missing from those.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "argument_table.h"
#include "core/base/error.h"
#include "job_description.h"
#include "option_words.h"
#include "run/decoding/option_table.h"
#include "spelling.h"

namespace sotto::cli {
namespace {

using nlohmann::json;
using Places = std::multiset<const void*>;

template <class... Members>
void add_places(Places& places, const Members&... members) {
  (places.insert(&members), ...);
}

/// A member more or less is an error of the compiler here: it is to go into the table.
TEST(ArgumentTable, HoldsEveryMemberOfTheStructs) {
  const TranscribeArguments arguments;
  // The first two are no options with a default; `options`, `npu` and `subtitles` have rows of
  // their own.
  const auto& [inputs, model, backend, decoder, trust, check, litert, neuron, soc, npu, precision,
               threads, jobs, device, fp16, pcm, vad, vad_model, batch, heads, options, temperature,
               increment, output_dir, formats, subtitles, verbose, as_json, quiet, resume] =
      arguments;
  const auto& [width, count, words, highlight] = subtitles;
  const auto& [preference, priority, boost] = npu;
  Places expected;
  add_places(expected, backend, decoder, trust, check, litert, neuron, soc, preference, priority,
             boost, precision, threads, jobs, device, fp16, pcm, vad, vad_model, batch, heads, temperature,
             increment, output_dir, formats, verbose, as_json, quiet, resume, width, count, words,
             highlight);
  Places found;
  for (const Argument& row : argument_table()) {
    std::visit([&](auto field) { found.insert(&argument_value(field, arguments)); }, row.field);
  }
  EXPECT_EQ(found, expected);
}

/// Makes a value another one.
struct Change {
  void operator()(bool& value) const { value = !value; }
  void operator()(double& value) const { value += 0.125; }
  void operator()(std::int64_t& value) const { value += 1; }
  void operator()(std::uint64_t& value) const { value += 1; }
  void operator()(std::string& value) const { value += "x"; }
  void operator()(std::filesystem::path& value) const { value += "x"; }
  void operator()(std::vector<std::pair<std::int64_t, std::int64_t>>& value) const {
    value.emplace_back(3, 1);
  }
  void operator()(std::vector<OutputFormat>& value) const { value.pop_back(); }
  void operator()(Task& value) const { value = Task::translate; }
  void operator()(DecoderKind& value) const { value = DecoderKind::kv; }
  void operator()(Precision& value) const { value = Precision::int8; }
  void operator()(NpuPreference& value) const { value = NpuPreference::turbo; }
  void operator()(NpuPriority& value) const { value = NpuPriority::low; }
  void operator()(Trust& value) const { value = Trust::any_files; }
  void operator()(PcmFormat& value) const { value.rate += 1; }
  void operator()(Device& /*value*/) const {}  // there is but one
  template <class Number>
  void operator()(std::vector<Number>& value) const {
    value.push_back(7);
  }
  template <class Value>
  void operator()(std::optional<Value>& value) const {
    Value other = value.value_or(Value());
    (*this)(other);
    value = other;
  }
};

TEST(JobDescription, ChangesWithEveryOptionThatTheOutputsDependOnAndNoOther) {
  const json before = describe_job({});
  for (const Argument& row : argument_table()) {
    TranscribeArguments arguments;
    std::visit([&](auto field) { Change()(argument_value(field, arguments)); }, row.field);
    EXPECT_EQ(describe_job(arguments) != before, row.effect == OptionEffect::outputs) << row.name;
  }
  for (const TranscribeOption& row : transcribe_option_table()) {
    TranscribeArguments arguments;
    std::visit([&](auto field) { Change()(value_of(field, arguments.options)); }, row.field);
    EXPECT_NE(describe_job(arguments), before) << row.name;
  }
}

TranscribeArguments parsed(const std::vector<std::string>& words) {
  TranscribeArguments arguments;
  CLI::App app("", "transcribe");
  add_transcribe_options(app, arguments);
  std::vector<std::string> all = spelled_for(app, words);
  all.insert(all.begin(), {"-m", "model.pt", "a.wav"});
  std::reverse(all.begin(), all.end());
  app.parse(all);
  complete(arguments);
  return arguments;
}

json described(const TranscribeArguments& arguments) {
  json job = describe_job(arguments);
  job.erase("model");
  return job;
}

/// What earlier versions wrote, so that --resume goes on with their batches.
TEST(JobDescription, IsThatOfEarlierRecords) {
  EXPECT_EQ(described(parsed({})), json::parse(R"({
    "alignment_heads": [], "backend": "cpu", "decoder": 0, "vad": false, "vad_model": null,
    "options": {
      "language": null, "prefix": null, "temperatures": [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0],
      "compression_ratio_threshold": 2.4, "logprob_threshold": -1.0, "no_speech_threshold": 0.6,
      "condition_on_previous_text": true, "initial_prompt": null, "carry_initial_prompt": false,
      "clip_timestamps": [0.0], "word_timestamps": false,
      "prepend_punctuations": "\"'“¿([{-", "append_punctuations": "\"'.。,，!！?？:：”)]}、",
      "hallucination_silence_threshold": null,
      "decoding": {
        "task": "transcribe", "sample_len": null, "best_of": 5, "beam_size": 5, "patience": null,
        "length_penalty": null, "suppress_tokens": [-1], "without_timestamps": false,
        "max_initial_timestamp": 1.0, "seed": 0}},
    "subtitles": {"max_line_width": null, "max_line_count": null, "max_words_per_line": null,
                  "highlight_words": false}})"));
  const json other = described(parsed({"--task", "translate", "--decoder", "kv",
                                       "--alignment_heads", "3:1", "--vad", "--language", "de"}));
  EXPECT_EQ(other["options"]["decoding"]["task"], "translate");
  EXPECT_EQ(other["options"]["language"], "de");
  EXPECT_EQ(other["decoder"], 2);
  EXPECT_EQ(other["alignment_heads"], json::parse("[[3, 1]]"));
  EXPECT_EQ(other["vad"], true);
}

TEST(ArgumentTable, IsWhatTheNumbersOfSubtitlesAreCheckedBy) {
  std::size_t ranges = 0;
  for (const Argument& row : argument_table()) {
    const auto* field = std::get_if<std::optional<std::int64_t> SubtitleOptions::*>(&row.field);
    if (field == nullptr) continue;
    ASSERT_TRUE(row.range) << row.name;
    ++ranges;
    const auto least = static_cast<std::int64_t>(row.range->least);
    const std::string flag = concat("--", row.name);
    const TranscribeArguments inside = parsed({"--word_timestamps", concat(flag, '=', least)});
    EXPECT_EQ(inside.subtitles.*(*field), least) << row.name;
    const auto outside = [&] {
      static_cast<void>(parsed({"--word_timestamps", concat(flag, '=', least - 1)}));
    };
    EXPECT_THROW(outside(), CLI::ValidationError) << row.name;
  }
  EXPECT_EQ(ranges, 3U);
}

/// The option's default as --help shows it.
std::string default_of(const CLI::App& app, const std::string& flag) {
  const CLI::Option* option = app.get_option_no_throw(flag);
  if (option == nullptr) {
    ADD_FAILURE() << flag << " is no option of the command";
    return "";
  }
  EXPECT_FALSE(option->get_group().empty()) << flag;
  EXPECT_FALSE(option->get_description().empty()) << flag;
  return option->get_default_str();
}

TEST(TranscribeOptions, AreThoseOfTheTables) {
  TranscribeArguments arguments;
  CLI::App app("", "transcribe");
  add_transcribe_options(app, arguments);
  const std::size_t others = 3;  // --help, the recordings and the model
  std::size_t rows = argument_table().size();
  for (const Argument& row : argument_table()) (void)default_of(app, concat("--", row.name));
  for (const TranscribeOption& row : transcribe_option_table()) {
    (void)default_of(app, concat("--", row.name));
    rows += row.topic == OptionTopic::temperatures ? 0U : 1U;
  }
  EXPECT_EQ(app.get_options().size(), rows + others);
}

TEST(TranscribeOptions, ShowTheDefaultsOfTheStructs) {
  TranscribeArguments arguments;
  arguments.options.no_speech_threshold = 0.75;
  arguments.output_dir = "there";
  CLI::App app("", "transcribe");
  add_transcribe_options(app, arguments);
  const std::vector<std::pair<std::string, std::string>> defaults{
      {"--no_speech_threshold", "0.75"},
      {"--output_dir", "there"},
      {"--beam_size", "5"},
      {"--logprob_threshold", "-1.0"},
      {"--temperature", "0"},
      {"--task", "transcribe"},
      {"--language", "None"},
      {"--prefix", ""},
      {"--suppress_tokens", "-1"},
      {"--clip_timestamps", "0"},
      {"--decoder", "auto"},
      {"--output_format", "all"},
      {"--fp16", "True"},
      {"--litert", ""},
      {"--alignment_heads", ""},
      {"--prepend_punctuations", "\"'“¿([{-"}};
  for (const auto& [flag, standard] : defaults) EXPECT_EQ(default_of(app, flag), standard) << flag;
}

TEST(TranscribeOptions, SpellOthersAsFlagsInTheirHelp) {
  TranscribeArguments arguments;
  CLI::App app("", "transcribe");
  add_transcribe_options(app, arguments);
  EXPECT_EQ(app.get_option("--patience")->get_description(),
            "Beams to finish, as a multiple of --beam_size");
}

/// Reads what is shown for a value back into one.
template <class Value>
void expect_round_trip(const Value& value) {
  Value read{};
  read_value({"--flag", word_of(value), {}}, read);
  EXPECT_EQ(read, value) << word_of(value);
}

TEST(OptionWords, AreReadAsTheValuesTheyStandFor) {
  for (const bool value : {true, false}) expect_round_trip(value);
  for (const double value : {0.0, 1.0, -1.0, 2.4, 1e-5, 1e6}) expect_round_trip(value);
  for (const std::int64_t value : {0, 7, -7}) expect_round_trip(value);
  for (const Task value : {Task::transcribe, Task::translate}) expect_round_trip(value);
  for (const DecoderKind value : {DecoderKind::automatic, DecoderKind::full, DecoderKind::kv}) {
    expect_round_trip(value);
  }
  expect_round_trip(Precision::automatic);
  expect_round_trip(NpuPreference::sustained_speed);
  expect_round_trip(NpuPriority::medium);
  expect_round_trip(std::uint64_t{1} << 40U);
  expect_round_trip(std::optional<double>());
  expect_round_trip(std::optional<std::int64_t>(3));
  expect_round_trip(std::optional<std::string>());
  expect_round_trip(std::vector{0.0, 1.5});
  expect_round_trip(std::vector<TokenId>{-1, 50});
  expect_round_trip(std::vector<TokenId>{});
  expect_round_trip(std::vector<std::pair<std::int64_t, std::int64_t>>{{3, 1}, {4, 2}});
  expect_round_trip(std::vector<OutputFormat>{});
  expect_round_trip(std::vector{OutputFormat::srt});
  expect_round_trip(std::vector<OutputFormat>{kAllFormats.begin(), kAllFormats.end()});
}

}  // namespace
}  // namespace sotto::cli
