#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "run/decoding/batch_audio.h"
#include "support/scripted_windows.h"

namespace sotto::test {

/// A recording whose windows, several at once, answer as ScriptedWindows' do, and which remembers
/// what was asked for.
class ScriptedBatch : public BatchAudio, public BatchSession {
 public:
  ScriptedBatch(std::int64_t content_frames, std::size_t places, ScriptedWindows::Answer answer)
      : content_frames_(content_frames), answer_(std::move(answer)), seeks_(places) {
    for (std::size_t place = places; place > 0; --place) free_.push_back(place - 1);
  }

  [[nodiscard]] std::int64_t content_frames() const override { return content_frames_; }
  [[nodiscard]] std::int64_t window_frames() const override { return 3000; }
  [[nodiscard]] std::optional<std::size_t> take_place() override {
    if (free_.empty()) return std::nullopt;
    const std::size_t place = free_.back();
    free_.pop_back();
    return place;
  }
  void give_back(std::size_t place) override { free_.push_back(place); }
  [[nodiscard]] BatchSession& session() override { return *this; }
  void encode(std::size_t place, std::int64_t first, std::int64_t count) override {
    windows.emplace_back(first, count);
    put(place, first);
  }
  void encode_opening(std::size_t place) override {
    ++openings;
    put(place, 0);
  }

  [[nodiscard]] std::int64_t context() const override { return 448; }
  std::span<const float> prefill(std::size_t place, std::span<const TokenId> tokens,
                                 std::span<const std::size_t> positions) override {
    rows_[place].assign(1, {tokens.begin(), tokens.end()});
    prompts[seeks_.at(place).value()].push_back(rows_[place].front());
    logits_.clear();
    for (const std::size_t position : positions) {
      const auto end = tokens.begin() + static_cast<std::ptrdiff_t>(position) + 1;
      append(place, {tokens.begin(), end});
    }
    return logits_;
  }
  void reorder(std::size_t place, std::span<const std::size_t> sources) override {
    std::vector<std::vector<TokenId>> rows;
    for (const std::size_t source : sources) rows.push_back(rows_.at(place).at(source));
    rows_[place] = std::move(rows);
  }
  void drop(std::size_t place) override { rows_.erase(place); }
  std::span<const float> step(std::span<const TokenId> tokens) override {
    if (step_fails) fail(ErrorKind::unavailable, "the decoder is gone");
    steps.push_back(rows_.size());
    logits_.clear();
    std::size_t next = 0;
    for (auto& [place, rows] : rows_) {
      for (auto& row : rows) {
        row.push_back(tokens[next++]);
        append(place, row);
      }
    }
    if (next != tokens.size()) fail(ErrorKind::internal, "a token for each row");
    return logits_;
  }
  AttentionScores attention_scores(std::size_t /*place*/,
                                   std::span<const TokenId> /*tokens*/) override {
    fail(ErrorKind::unavailable, "a scripted batch has no attention");
  }

  std::vector<std::pair<std::int64_t, std::int64_t>> windows;
  /// What the window that begins at a frame was fed at first, at each attempt.
  std::map<std::int64_t, std::vector<std::vector<TokenId>>> prompts;
  std::vector<std::size_t> steps;  ///< of each, how many windows were in it
  int openings = 0;
  bool step_fails = false;

 private:
  void put(std::size_t place, std::int64_t seek) {
    seeks_.at(place) = seek;
    rows_.erase(place);
  }
  void append(std::size_t place, const std::vector<TokenId>& row) {
    const std::vector<float> logits = answer_(seeks_[place].value(), row);
    logits_.insert(logits_.end(), logits.begin(), logits.end());
  }

  std::int64_t content_frames_;
  ScriptedWindows::Answer answer_;
  std::vector<std::size_t> free_;
  std::vector<std::optional<std::int64_t>> seeks_;  ///< by place
  std::map<std::size_t, std::vector<std::vector<TokenId>>> rows_;
  std::vector<float> logits_;
};

}  // namespace sotto::test
