#include <cmath>
#include <string_view>

#include "core/base/error.h"
#include "run/decoding/decode.h"
#include "run/decoding/transcribe_options.h"

namespace sotto {
namespace {

constexpr std::int64_t kMostRows = 64;  // each costs a cache of its own

void check_count(std::string_view flag, const std::optional<std::int64_t>& count,
                 std::int64_t most) {
  if (!count || (*count >= 1 && *count <= most)) return;
  fail(ErrorKind::usage, flag, ": expected a number from 1 to ", most, ", found ", *count);
}

void check_range(std::string_view flag, const std::optional<double>& number, double least,
                 double most) {
  if (!number || (*number >= least && *number <= most)) return;
  fail(ErrorKind::usage, flag, ": expected a number from ", least, " to ", most, ", found ",
       *number);
}

void check_clips(const std::vector<double>& times) {
  constexpr double kLongest = 1e7;  // seconds, four months
  for (std::size_t i = 0; i < times.size(); ++i) {
    check_range("--clip_timestamps", times[i], 0, kLongest);
    if (i % 2 == 1 && times[i] < times[i - 1]) {
      fail(ErrorKind::usage, "--clip_timestamps: expected ends behind their starts, found ",
           times[i - 1], " to ", times[i]);
    }
  }
}

/// What holds for a window at temperature 0 must not be contradicted by what holds above it, which
/// is why the two sets of options are checked together here and one at a time in decode().
void check_sampling(const DecodeOptions& options) {
  constexpr std::int64_t kMostTokens = 1 << 20;
  constexpr double kLargest = 1e6;
  check_count("--best_of", options.best_of, kMostRows);
  check_count("--beam_size", options.beam_size, kMostRows);
  check_count("--sample_len", options.sample_len, kMostTokens);
  check_range("--patience", options.patience, 0, kLargest);
  check_range("--length_penalty", options.length_penalty, 0, 1);
  check_range("--max_initial_timestamp", options.max_initial_timestamp, 0, kLargest);
  if (options.patience && !options.beam_size) {
    fail(ErrorKind::usage, "--patience: expected a --beam_size with it, found none");
  }
}

}  // namespace

void check_decode_options(const DecodeOptions& options) {
  check_sampling(options);
  if (options.beam_size && options.best_of) {
    fail(ErrorKind::usage, "beam search and the best of several samples exclude each other");
  }
  if (options.temperature == 0 && options.best_of) {
    fail(ErrorKind::usage, "the best of several samples needs a temperature above 0");
  }
}

void check_options(const TranscribeOptions& options) {
  constexpr double kHottest = 100;
  if (options.temperatures.empty()) {
    fail(ErrorKind::usage, "--temperature: expected at least one, found none");
  }
  for (const double temperature : options.temperatures) {
    check_range("--temperature", temperature, 0, kHottest);
  }
  check_sampling(options.decoding);
  check_clips(options.clip_timestamps);
  if (options.hallucination_silence_threshold && !options.word_timestamps) {
    fail(ErrorKind::usage,
         "--hallucination_silence_threshold: expected --word_timestamps True with it");
  }
  if (options.carry_initial_prompt && !options.initial_prompt) {
    fail(ErrorKind::usage, "--carry_initial_prompt: expected an --initial_prompt to carry");
  }
}

}  // namespace sotto
