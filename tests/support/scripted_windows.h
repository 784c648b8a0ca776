#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "run/decoding/audio_windows.h"
#include "support/scripted_session.h"

namespace sotto::test {

/// A recording whose windows answer as the test says, and which remembers what was asked for.
class ScriptedWindows : public AudioWindows {
 public:
  using Answer = std::function<std::vector<float>(std::int64_t seek, const std::vector<TokenId>&)>;
  ScriptedWindows(std::int64_t content_frames, Answer answer)
      : content_frames_(content_frames), answer_(std::move(answer)) {}

  [[nodiscard]] std::int64_t content_frames() const override { return content_frames_; }
  [[nodiscard]] std::int64_t window_frames() const override { return 3000; }

  DecoderSession& encode(std::int64_t first, std::int64_t count) override {
    keep_prompts();
    windows.emplace_back(first, count);
    return session_at(first);
  }

  DecoderSession& encode_opening() override {
    ++openings;
    return session_at(0);
  }

  /// Of the windows so far, the tokens that each was prefilled with at first.
  [[nodiscard]] std::vector<std::vector<TokenId>> prompts() {
    keep_prompts();
    return std::exchange(prompts_, {});
  }

  std::vector<std::pair<std::int64_t, std::int64_t>> windows;
  int openings = 0;

 private:
  DecoderSession& session_at(std::int64_t seek) {
    session_.emplace(
        448, [this, seek](const std::vector<TokenId>& tokens) { return answer_(seek, tokens); });
    return *session_;
  }

  void keep_prompts() {
    if (session_ && !session_->prefills.empty()) prompts_.push_back(session_->prefills.front());
    session_.reset();
  }

  std::int64_t content_frames_;
  Answer answer_;
  std::optional<ScriptedSession> session_;
  std::vector<std::vector<TokenId>> prompts_;
};

}  // namespace sotto::test
