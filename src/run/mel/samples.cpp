#include "run/mel/samples.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/base/error.h"
#include "run/mel/sample_stream.h"

namespace sotto {
namespace {

void check_length(const SampleStream& stream, std::size_t samples, double limit_seconds) {
  if (static_cast<double>(samples) <= limit_seconds * static_cast<double>(kSampleRate)) return;
  const double claimed = stream.claimed_seconds();
  const std::string found =
      claimed > limit_seconds ? concat(std::round(claimed * 10) / 10, " seconds") : "more";
  fail(ErrorKind::usage, stream.name(), ": expected at most ", limit_seconds,
       " seconds of sound, found ", found);
}

}  // namespace

void append_unit_samples(std::span<const std::int16_t> block, std::vector<float>& samples) {
  constexpr float kFullScale = 32768;
  for (const std::int16_t sample : block)
    samples.push_back(static_cast<float>(sample) / kFullScale);
}

bool is_audible(std::span<const std::int16_t> mix) {
  return std::any_of(mix.begin(), mix.end(),
                     [](std::int16_t sample) { return sample < -1 || sample > 1; });
}

std::vector<float> read_samples(SampleStream& stream, double limit_seconds) {
  std::vector<float> samples;
  std::vector<std::int16_t> block;
  while (stream.next(block)) {
    check_length(stream, samples.size() + block.size(), limit_seconds);
    append_unit_samples(block, samples);
  }
  return samples;
}

}  // namespace sotto
