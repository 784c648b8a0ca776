#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "run/engine/model.h"

namespace sotto {

/// What a step feeds: so many rows, all of one window or each of a window of its own.
struct StepKind {
  std::int64_t rows = 1;
  std::int64_t windows = 1;  ///< 1 or `rows`
};

/// "step, 1 row", "step, 5 rows", "step, 8 windows".
[[nodiscard]] std::string name_of(const StepKind& kind);

/// Tokens of a vocabulary. Which they are makes no difference to the time.
[[nodiscard]] std::vector<TokenId> made_tokens(std::int64_t count, std::int64_t n_vocab);

/// Rows of tokens that take steps on a model, of whatever kind comes next, so that kinds can be
/// measured by turns.
class StepRows {
 public:
  /// Over as many windows as are wanted where the model decodes several at once, else over one;
  /// keys and values of each are made of `mel`, and lie apart. The model must outlive it. Sessions
  /// that it had are at an end, and the next one ends this.
  StepRows(Model& model, const Tensor& mel, std::int64_t windows);

  /// How many windows it has.
  [[nodiscard]] std::int64_t windows() const { return windows_; }

  /// Feeds so many tokens, at least one, of which every row is the continuation from now on.
  void begin(const StepKind& kind, std::int64_t before);
  /// Feeds one more to every row.
  void step();

 private:
  Model& model_;
  std::int64_t windows_;
  EncodedWindow window_;                     ///< of the session
  std::unique_ptr<DecoderSession> session_;  ///< over one window
  std::unique_ptr<CheckedBatch> batch_;      ///< else
  std::vector<TokenId> tokens_;              ///< of a step
};

}  // namespace sotto
