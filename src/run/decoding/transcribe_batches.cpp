#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "run/decoding/clips.h"
#include "run/decoding/fallback.h"
#include "run/decoding/language_detection.h"
#include "run/decoding/search_batch.h"
#include "run/decoding/speech_reader.h"
#include "run/decoding/transcribe.h"

namespace sotto {
namespace {

constexpr double kShortRest = 0.5;  // seconds

TranscribeOptions without_text_before(TranscribeOptions options) {
  options.condition_on_previous_text = false;
  return options;
}

/// A clip on its way to segments.
struct Passage {
  FrameRange clip;
  std::int64_t seek = 0;  ///< where its next window begins
  SpeechBefore before;
  std::vector<Segment> segments;
  [[nodiscard]] bool is_done() const { return seek >= clip.end; }
};

/// A window of a passage that is being decoded.
struct Hearing {
  Passage& passage;
  WindowPlace place;
  Attempts attempts;
};

class BatchLoop {
 public:
  BatchLoop(BatchAudio& audio, const Tokenizer& tokenizer, const TranscribeOptions& options,
            const TranscribeObserver& observer)
      : audio_(audio),
        tokenizer_(tokenizer),
        options_(without_text_before(options)),
        observer_(observer),
        reader_(tokenizer, options_, {audio.window_frames(), audio.content_frames()}, language()),
        searches_(audio.session(), tokenizer),
        transcript_(tokenizer, observer) {
    for (const FrameRange& clip : clips_of(options_.clip_timestamps, audio.content_frames())) {
      SpeechBefore before = reader_.beginning();
      before.last_speech = seconds_of(clip.begin);
      passages_.push_back({clip, clip.begin, std::move(before), {}});
    }
  }

  Transcript run() {
    for (;;) {
      begin_passages();
      if (searches_.empty()) break;
      if (const auto finished = searches_.take_finished()) {
        take(*finished);
      } else {
        searches_.step();
      }
    }
    pass_on();
    return transcript_.finish(reader_.language());
  }

 private:
  std::optional<TokenId> language() {
    const auto requested = requested_language(tokenizer_, options_);
    if (requested || !tokenizer_.special().multilingual) return requested;
    const std::size_t place = audio_.take_place().value();
    audio_.encode_opening(place);
    PlaceSession session(audio_.session(), place);
    const TokenId detected = detect_language(session, tokenizer_.special());
    audio_.session().drop(place);
    audio_.give_back(place);
    return announced_language(detected, tokenizer_, observer_);
  }

  /// Each free place gets the next passage that has something to hear.
  void begin_passages() {
    while (has_passage()) {
      const auto place = audio_.take_place();
      if (!place) return;
      begin_passage(*place);
    }
  }

  /// Goes on to the next passage that has something to hear.
  bool has_passage() {
    while (next_ < passages_.size() && passages_[next_].is_done()) ++next_;
    return next_ < passages_.size();
  }

  void begin_passage(std::size_t place) { hear_window(passages_[next_++], place); }

  void hear_window(Passage& passage, std::size_t place) {
    const std::int64_t seek = passage.seek;
    const WindowPlace window{seek, std::min(audio_.window_frames(), passage.clip.end - seek)};
    audio_.encode(place, window.seek, window.frames);
    Hearing hearing{passage, window, Attempts(options_, options_for(passage, window))};
    Hearing& kept = hearings_.emplace(place, std::move(hearing)).first->second;
    searches_.begin(place, kept.attempts.next());
  }

  /// Where a window begins, not when, decides its seeds, so that they are the same in any batch. A
  /// passage's last window is heard to its end, as far as that is longer than a word: what is left
  /// of it would cost another run of the encoder.
  DecodeOptions options_for(const Passage& passage, const WindowPlace& window) {
    DecodeOptions options = reader_.options_for(passage.before, audio_.session().context(),
                                                static_cast<std::uint64_t>(window.seek));
    if (window.seek + window.frames == passage.clip.end) {
      options.speech_until = window.duration() - kShortRest;
    }
    return options;
  }

  /// A window whose result does not pass begins again where it is, at the next temperature.
  void take(const SearchBatch::Finished& finished) {
    Hearing& hearing = hearings_.at(finished.place);
    if (!hearing.attempts.are_over(finished.result)) {
      searches_.begin(finished.place, hearing.attempts.next());
      return;
    }
    Passage& passage = hearing.passage;
    PlaceSession session(audio_.session(), finished.place);
    SpeechReader::Heard heard =
        reader_.read(finished.result, hearing.place, session, passage.before);
    audio_.session().drop(finished.place);
    passage.segments.insert(passage.segments.end(), heard.segments.begin(), heard.segments.end());
    passage.seek = heard.next_seek;
    hearings_.erase(finished.place);
    if (!passage.is_done()) {
      hear_window(passage, finished.place);
    } else if (has_passage()) {
      begin_passage(finished.place);
    } else {
      audio_.give_back(finished.place);
    }
    pass_on();
  }

  /// Hands on what is final: the segments of passages with all before them done.
  void pass_on() {
    const std::size_t before = passed_on_;
    for (; passed_on_ < passages_.size() && passages_[passed_on_].is_done(); ++passed_on_) {
      std::vector<Segment> segments = std::exchange(passages_[passed_on_].segments, {});
      passages_[passed_on_].before = {};
      if (!segments.empty()) transcript_.keep(std::move(segments));
    }
    if (!observer_.on_progress || passed_on_ == before) return;
    observer_.on_progress(passages_[passed_on_ - 1].clip.end, audio_.content_frames());
  }

  BatchAudio& audio_;
  const Tokenizer& tokenizer_;
  TranscribeOptions options_;
  const TranscribeObserver& observer_;
  SpeechReader reader_;
  SearchBatch searches_;
  GrowingTranscript transcript_;
  std::vector<Passage> passages_;
  std::size_t next_ = 0;                     ///< passage that has not begun
  std::size_t passed_on_ = 0;                ///< passages whose segments are in the transcript
  std::map<std::size_t, Hearing> hearings_;  ///< by place
};

}  // namespace

Transcript transcribe_in_batches(BatchAudio& audio, const Tokenizer& tokenizer,
                                 const TranscribeOptions& options,
                                 const TranscribeObserver& observer) {
  check_options(options);
  return BatchLoop(audio, tokenizer, options, observer).run();
}

}  // namespace sotto
