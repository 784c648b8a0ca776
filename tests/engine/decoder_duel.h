#pragma once

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "engine/decoders.h"
#include "support/random_checkpoint.h"

namespace sotto::test {

using Sources = std::vector<std::size_t>;

// Of the largest logit: float32 keeps seven digits.
inline constexpr double kTolerance = 1e-5;
// Base's outlying activations cost more of them. On tokens as random as these the full decoder is
// up to 6.5e-5 from the exact logits (in double precision) and the one over a cache up to 1.6e-5,
// on a processor without AVX-512, which adds longer sums; with it either is up to 4e-5.
inline constexpr double kToleranceOfBase = 6.5e-5 + 1.6e-5;

inline double relative_difference(std::span<const float> found, std::span<const float> expected) {
  if (found.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double largest = 0.0, difference = 0.0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!std::isfinite(found[i])) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
    difference = std::max(difference, std::abs(static_cast<double>(found[i]) - expected[i]));
  }
  return difference / largest;
}

/// A session of some kind and one over the full decoder, over one window, given the same, and what
/// they answer compared.
class Duel {
 public:
  Duel(Decoders& decoders, SessionKind kind, EncodedWindow& window, std::uint64_t seed,
       double tolerance = kTolerance)
      : tolerance_(tolerance),
        n_vocab_(decoders.dims().n_vocab),
        random_(seed),
        full_(decoders.reference(window)),
        rival_(decoders.session(kind, window)) {}

  void prefill(std::size_t length, const Sources& positions) {
    const std::vector<TokenId> tokens = draw(length);
    compare(rival_->prefill(tokens, positions), full_->prefill(tokens, positions), "prefill");
    rows_ = 1;
    length_ = length;
  }

  void reorder(const Sources& sources) {
    full_->reorder(sources);
    rival_->reorder(sources);
    rows_ = sources.size();
  }

  void step() {
    const std::vector<TokenId> tokens = draw(rows_);
    ++length_;
    compare(rival_->step(tokens), full_->step(tokens), "step");
  }

  /// Steps after reorders to `rows` rows that repeat and drop some.
  void wander(std::size_t rows, int steps) {
    for (int i = 0; i < steps; ++i) {
      Sources sources(rows);
      for (std::size_t& source : sources) source = random_() % rows_;
      reorder(sources);
      step();
    }
  }

  [[nodiscard]] double worst() const { return worst_; }

 private:
  std::vector<TokenId> draw(std::size_t count) {
    std::vector<TokenId> tokens(count);
    for (TokenId& token : tokens) {
      token = static_cast<TokenId>(random_() % static_cast<std::uint64_t>(n_vocab_));
    }
    return tokens;
  }

  void compare(std::span<const float> found, std::span<const float> expected, const char* what) {
    const double difference = relative_difference(found, expected);
    worst_ = std::max(worst_, difference);
    EXPECT_LE(difference, tolerance_) << what << " of " << rows_ << " rows of " << length_;
  }

  double tolerance_;
  std::int64_t n_vocab_;
  std::mt19937_64 random_;
  std::unique_ptr<DecoderSession> full_, rival_;
  std::size_t rows_ = 1, length_ = 0;
  double worst_ = 0.0;
};

inline WhisperDims short_dims() {
  WhisperDims dims = small_dims();
  dims.n_text_ctx = 20;
  return dims;
}

}  // namespace sotto::test
