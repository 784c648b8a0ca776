#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "run/decoding/batch_session.h"
#include "run/decoding/decode_options.h"
#include "run/decoding/window_search.h"
#include "run/tokenizer/tokenizer.h"

namespace sotto {

/// The decoding loop: the searches that are under way, each over its own place of a session, which
/// go on together. Each step feeds all rows of all of them; one may begin, or begin again, whenever
/// another has ended, so that the steps stay full.
class SearchBatch {
 public:
  /// Both must outlive it.
  SearchBatch(BatchSession& session, const Tokenizer& tokenizer)
      : session_(session), tokenizer_(tokenizer) {}

  /// Begins to decode the window in a place, where no search is under way. Throws what WindowSearch
  /// does.
  void begin(std::size_t place, const DecodeOptions& options);

  [[nodiscard]] bool empty() const { return searches_.empty(); }

  struct Finished {
    std::size_t place = 0;
    DecodeResult result;
  };
  /// Takes out a search that has ended, if one has.
  [[nodiscard]] std::optional<Finished> take_finished();
  /// The next token of each of them. There must be one, and none that has ended.
  void step();
  /// Steps until one search has ended, and takes it out. There must be one.
  [[nodiscard]] Finished next();

 private:
  void check_size(std::span<const float> answered, std::size_t rows) const;

  BatchSession& session_;
  const Tokenizer& tokenizer_;
  std::map<std::size_t, WindowSearch> searches_;  ///< by place, which is the order of the rows
  std::vector<TokenId> tokens_;                   ///< of a step
  std::vector<float> logits_;
};

}  // namespace sotto
