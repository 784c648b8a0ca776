#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "run/decoding/decode_options.h"
#include "run/tokenizer/tokenizer.h"

namespace sotto {

/// A rule of decoding.py that forbids tokens by setting their logits to −inf.
class LogitFilter {
 public:
  virtual ~LogitFilter() = default;
  LogitFilter() = default;
  LogitFilter(const LogitFilter&) = delete;
  LogitFilter& operator=(const LogitFilter&) = delete;

  /// `logits` [n_vocab] come after a row of which `sampled` is what followed the initial tokens.
  virtual void apply(std::span<float> logits, std::span<const TokenId> sampled) const = 0;
};

/// The first sampled token is neither a lone space nor the end of text.
class SuppressBlank : public LogitFilter {
 public:
  explicit SuppressBlank(const Tokenizer& tokenizer);
  void apply(std::span<float> logits, std::span<const TokenId> sampled) const override;

 private:
  std::vector<TokenId> blank_;
};

/// Some tokens are never sampled.
class SuppressTokens : public LogitFilter {
 public:
  explicit SuppressTokens(std::vector<TokenId> tokens) : tokens_(std::move(tokens)) {}
  void apply(std::span<float> logits, std::span<const TokenId> sampled) const override;

 private:
  std::vector<TokenId> tokens_;
};

/// Timestamps come in pairs but for the first and the last, never go back, begin the text, and win
/// against text when together they are likelier than any one token of it.
class TimestampRules : public LogitFilter {
 public:
  /// `last_initial`: the highest index that the first timestamp may have; none when absent.
  TimestampRules(const SpecialTokens& special, std::optional<std::int64_t> last_initial)
      : special_(special), last_initial_(last_initial) {}
  void apply(std::span<float> logits, std::span<const TokenId> sampled) const override;

 private:
  void keep_pairs(std::span<float> logits, std::span<const TokenId> sampled) const;
  void begin_with_timestamp(std::span<float> logits) const;
  void prefer_timestamps(std::span<float> logits) const;
  [[nodiscard]] bool is_timestamp(TokenId token) const { return token >= special_.first_timestamp; }

  SpecialTokens special_;
  std::optional<std::int64_t> last_initial_;
};

/// The text does not end where one segment has and the next begins, up to a time that has speech.
/// A rule of ours, for windows behind which nothing is heard any more: Whisper has learnt to leave
/// a last sentence that it takes for cut off to the window after.
class HearOn : public LogitFilter {
 public:
  /// `last`: the highest index of a timestamp that the text may not end behind.
  HearOn(const SpecialTokens& special, std::int64_t last) : special_(special), last_(last) {}
  void apply(std::span<float> logits, std::span<const TokenId> sampled) const override;

 private:
  SpecialTokens special_;
  std::int64_t last_;
};

/// The filters that the options ask for, in the reference's order, then ours.
[[nodiscard]] std::vector<std::unique_ptr<LogitFilter>> make_filters(const Tokenizer& tokenizer,
                                                                     const DecodeOptions& options);

}  // namespace sotto
