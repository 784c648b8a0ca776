#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <set>

#include "core/base/error.h"
#include "run/decoding/decode.h"
#include "run/decoding/option_table.h"
#include "support/expect_error.h"

namespace sotto {
namespace {

using testing::ElementsAre;

using Places = std::multiset<const void*>;

/// Where the values of the table's rows lie.
Places places_in_table(const TranscribeOptions& options) {
  Places places;
  for (const TranscribeOption& row : transcribe_option_table()) {
    std::visit([&](auto field) { places.insert(&value_of(field, options)); }, row.field);
  }
  return places;
}

template <class... Members>
void add_places(Places& places, const Members&... members) {
  (places.insert(&members), ...);
}

/// A member more or less in either struct is an error of the compiler here: it is to go into the
/// table, or among those that are for the loop alone.
TEST(OptionTable, HoldsEveryMemberOfTheStructs) {
  const TranscribeOptions options;
  const auto& [language, decoding, prefix, temperatures, compression_ratio, logprob, no_speech,
               condition, initial_prompt, carry, clips, words, prepend, append, hallucination] =
      options;
  // The loop sets these for each window; what begins one is never suppressed otherwise.
  const auto& [task, own_language, own_temperature, sample_len, best_of, beam_size, patience,
               length_penalty, own_prompt, own_prefix, suppress_tokens, own_suppress_blank,
               without_timestamps, max_initial, seed, own_speech_until] = decoding;
  Places places;
  add_places(places, language, prefix, temperatures, compression_ratio, logprob, no_speech,
             condition, initial_prompt, carry, clips, words, prepend, append, hallucination);
  add_places(places, task, sample_len, best_of, beam_size, patience, length_penalty,
             suppress_tokens, without_timestamps, max_initial, seed);
  EXPECT_EQ(places_in_table(options), places);
}

TEST(OptionTable, NamesEachOptionOnceAndExplainsIt) {
  std::set<std::string_view> names;
  for (const TranscribeOption& row : transcribe_option_table()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_THAT(options_in(concat(Option{row.name})), ElementsAre(row.name));
    EXPECT_FALSE(row.help.empty() || row.help.ends_with('.')) << row.name;
    EXPECT_FALSE(row.placeholder.empty()) << row.name;
    for (const std::string& other : options_in(row.help)) {
      EXPECT_EQ(std::count_if(transcribe_option_table().begin(), transcribe_option_table().end(),
                              [&](const TranscribeOption& of) { return of.name == other; }),
                1)
          << row.name << ": " << other;
    }
  }
}

/// Every option that decides what is heard or written belongs into a record of a job.
TEST(OptionTable, HasNothingWithoutAnEffect) {
  for (const TranscribeOption& row : transcribe_option_table()) {
    EXPECT_EQ(row.effect, OptionEffect::outputs) << row.name;
  }
}

/// Sets a number; false for fields that hold none.
struct SetNumber {
  double number;
  bool operator()(std::optional<std::int64_t>& value) const {
    value = static_cast<std::int64_t>(number);
    return true;
  }
  bool operator()(std::optional<double>& value) const {
    value = number;
    return true;
  }
  bool operator()(std::vector<double>& value) const {
    value = {number};
    return true;
  }
  template <class Other>
  bool operator()(Other& /*value*/) const {
    return false;
  }
};

/// `options` with the row's number set to this, and what goes with it.
TranscribeOptions with_number(const TranscribeOption& row, double number) {
  TranscribeOptions options;
  options.decoding.beam_size = 2;
  options.word_timestamps = true;
  EXPECT_TRUE(std::visit([&](auto field) { return SetNumber{number}(value_of(field, options)); },
                         row.field))
      << row.name;
  return options;
}

TEST(OptionTable, IsWhatRangesAreCheckedBy) {
  std::size_t ranges = 0;
  for (const TranscribeOption& row : transcribe_option_table()) {
    if (!row.range) continue;
    ++ranges;
    const auto [least, most] = *row.range;
    for (const double inside : {least, most}) {
      EXPECT_EQ(test::refusal_of([&] { check_options(with_number(row, inside)); }), "") << row.name;
    }
    for (const double outside : {least - 1, most + 1}) {
      const std::string start = concat(row.name, ": expected a number from ");
      (void)test::expect_error(ErrorKind::usage, start,
                               [&] { check_options(with_number(row, outside)); });
    }
  }
  EXPECT_EQ(ranges, 8U);
}

TEST(OptionTable, RefusesWhatIsNoNumber) {
  TranscribeOptions options;
  options.decoding.length_penalty = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(test::refusal_of([&] { check_options(options); }),
            "length_penalty: expected a number from 0 to 1, found nan");
}

TEST(OptionTable, IsWhatTheDecodersOwnOptionsAreCheckedByToo) {
  DecodeOptions options;
  options.beam_size = 65;
  EXPECT_EQ(test::refusal_of([&] { check_decode_options(options); }),
            "beam_size: expected a number from 1 to 64, found 65");
}

TEST(Options, ThatContradictEachOtherAreNamed) {
  const auto refused = [](auto change) {
    TranscribeOptions options;
    change(options);
    try {
      check_options(options);
    } catch (const Error& error) {
      return std::pair(std::string(error.what()), error.options());
    }
    return std::pair(std::string(), std::vector<std::string>());
  };
  const auto hallucination =
      refused([](TranscribeOptions& options) { options.hallucination_silence_threshold = 2; });
  EXPECT_EQ(hallucination.first,
            "hallucination_silence_threshold: expected word_timestamps=True with it");
  EXPECT_THAT(hallucination.second,
              ElementsAre("hallucination_silence_threshold", "word_timestamps"));
  EXPECT_THAT(refused([](TranscribeOptions& options) { options.decoding.patience = 1; }).second,
              ElementsAre("patience", "beam_size"));
  EXPECT_THAT(
      refused([](TranscribeOptions& options) { options.carry_initial_prompt = true; }).second,
      ElementsAre("carry_initial_prompt", "initial_prompt"));
  EXPECT_THAT(refused([](TranscribeOptions& options) {
                options.clip_timestamps = {5, 1};
              }).second,
              ElementsAre("clip_timestamps"));
  EXPECT_THAT(refused([](TranscribeOptions& options) { options.temperatures.clear(); }).second,
              ElementsAre("temperature"));
}

}  // namespace
}  // namespace sotto
