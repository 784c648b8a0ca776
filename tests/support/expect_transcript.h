#pragma once

#include <gtest/gtest.h>

#include "run/decoding/transcript.h"

namespace sotto::test {

/// That two ways of writing down a recording give the same: all of it but words, probabilities up
/// to `error`.
inline void expect_transcript(const Transcript& found, const Transcript& expected,
                              double error = 0) {
  EXPECT_EQ(found.text, expected.text);
  EXPECT_EQ(found.language, expected.language);
  ASSERT_EQ(found.segments.size(), expected.segments.size());
  for (std::size_t i = 0; i < found.segments.size(); ++i) {
    const Segment &one = found.segments[i], &other = expected.segments[i];
    EXPECT_EQ(one.id, other.id);
    EXPECT_EQ(one.seek, other.seek);
    EXPECT_EQ(one.start, other.start);
    EXPECT_EQ(one.end, other.end);
    EXPECT_EQ(one.tokens, other.tokens);
    EXPECT_EQ(one.temperature, other.temperature);
    EXPECT_NEAR(one.avg_logprob, other.avg_logprob, error);
    EXPECT_NEAR(one.no_speech_prob, other.no_speech_prob, error);
  }
}

}  // namespace sotto::test
