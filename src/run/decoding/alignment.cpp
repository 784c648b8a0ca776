#include "run/decoding/alignment.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include "core/base/error.h"
#include "run/decoding/attention_map.h"
#include "run/decoding/dtw.h"
#include "run/decoding/probabilities.h"
#include "run/decoding/word_splitting.h"

namespace sotto {
namespace {

constexpr double kPlacesPerSecond = 50;
constexpr std::int64_t kFewestPlaces = 2;  // of which attention can prefer one

/// How likely the decoder finds each token of the text among all tokens of text. In `tokens` the
/// text begins at `start` and ends before the last, the end of text.
std::vector<double> text_probabilities(RowSession& session, const Tokenizer& tokenizer,
                                       std::span<const TokenId> tokens, std::size_t start) {
  const auto text = tokens.subspan(start, tokens.size() - start - 1);
  std::vector<std::size_t> before(text.size());
  std::iota(before.begin(), before.end(), start - 1);
  const auto logits = session.prefill(tokens, before);
  const auto n_vocab = static_cast<std::size_t>(tokenizer.n_vocab());
  if (logits.size() != text.size() * n_vocab) {
    fail(ErrorKind::mismatch, "the decoder gives ", logits.size(), " logits for ", text.size(),
         " tokens of a vocabulary of ", n_vocab);
  }
  const auto words = static_cast<std::size_t>(tokenizer.special().end_of_text);
  std::vector<double> probabilities;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto among_words = logits.subspan(i * n_vocab, words);
    const float log = log_probability(among_words, static_cast<std::size_t>(text[i]));
    probabilities.push_back(static_cast<double>(std::exp(log)));
  }
  return probabilities;
}

/// When each token begins, in seconds; `first` is the first row of the map that counts, `count`
/// how many do. In a window of a single place, or none, the reference divides by zero and comes out
/// one place before the window for every token. It is the same here, for where speech before a
/// window ended counts in the next.
std::vector<double> token_times(const AttentionMap& map, std::size_t first, std::size_t count) {
  if (map.places < kFewestPlaces) return std::vector<double>(count, -1 / kPlacesPerSecond);
  const auto places = static_cast<std::size_t>(map.places);
  const auto rows = std::span(map.values).subspan(first * places, count * places);
  std::vector<double> costs(rows.size());
  std::transform(rows.begin(), rows.end(), costs.begin(),
                 [](float value) { return -static_cast<double>(value); });
  const WarpingPath path = warp_time(costs, static_cast<std::int64_t>(count), map.places);
  std::vector<double> times;
  for (std::size_t i = 0; i < path.rows.size(); ++i) {
    if (i > 0 && path.rows[i] == path.rows[i - 1]) continue;
    times.push_back(static_cast<double>(path.columns[i]) / kPlacesPerSecond);
  }
  return times;
}

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

std::vector<WordTiming> find_alignment(RowSession& session, const Tokenizer& tokenizer,
                                       const TimedWindow& window, std::span<const TokenId> text) {
  const SpecialTokens& special = tokenizer.special();
  std::vector<TokenId> tokens = window.sot_sequence;
  tokens.push_back(special.no_timestamps);
  const std::size_t start = tokens.size();
  tokens.insert(tokens.end(), text.begin(), text.end());
  tokens.push_back(special.end_of_text);
  if (text.empty() || static_cast<std::int64_t>(tokens.size()) > session.context()) return {};

  const auto probabilities = text_probabilities(session, tokenizer, tokens, start);
  const AttentionScores scores = session.attention_scores(tokens);
  if (scores.tokens != static_cast<std::int64_t>(tokens.size())) {
    fail(ErrorKind::mismatch, "expected attention scores of ", tokens.size(), " tokens, found ",
         scores.tokens);
  }
  // The row of the no-timestamps token is where the first word begins.
  const auto times =
      token_times(attention_map(scores, window.frames / 2), start - 1, text.size() + 1);

  auto words = split_to_words(tokenizer, window.language, std::span(tokens).subspan(start));
  if (!words.empty()) words.pop_back();  // the end of text
  std::vector<WordTiming> timings;
  std::size_t begin = 0;
  for (TokenizedWord& word : words) {
    const std::size_t end = begin + word.tokens.size();
    const auto own = std::span(probabilities).subspan(begin, word.tokens.size());
    timings.push_back(
        {std::move(word.text), std::move(word.tokens), times[begin], times[end], mean(own)});
    begin = end;
  }
  return timings;
}

}  // namespace sotto
