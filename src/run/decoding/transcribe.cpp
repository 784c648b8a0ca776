#include "run/decoding/transcribe.h"

#include <algorithm>

#include "core/base/error.h"
#include "run/decoding/clips.h"
#include "run/decoding/fallback.h"
#include "run/decoding/language_detection.h"
#include "run/decoding/speech_reader.h"

namespace sotto {
namespace {

class TranscribeLoop {
 public:
  TranscribeLoop(AudioWindows& audio, const Tokenizer& tokenizer, const TranscribeOptions& options,
                 const TranscribeObserver& observer)
      : audio_(audio),
        tokenizer_(tokenizer),
        options_(options),
        observer_(observer),
        reader_(tokenizer, options, {audio.window_frames(), audio.content_frames()}, language()),
        before_(reader_.beginning()),
        transcript_(tokenizer, observer) {}

  Transcript run() {
    const std::int64_t total = audio_.content_frames();
    for (const FrameRange& clip : clips_of(options_.clip_timestamps, total)) {
      for (std::int64_t seek = clip.begin; seek < clip.end;) {
        const std::int64_t frames =
            std::min({audio_.window_frames(), total - seek, clip.end - seek});
        seek = hear_window({seek, frames});
        if (observer_.on_progress) observer_.on_progress(std::min(seek, total), total);
      }
    }
    return transcript_.finish(reader_.language());
  }

 private:
  std::optional<TokenId> language() const {
    const auto requested = requested_language(tokenizer_, options_);
    if (requested || !tokenizer_.special().multilingual) return requested;
    return announced_language(detect_language(audio_.encode_opening(), tokenizer_.special()),
                              tokenizer_, observer_);
  }

  /// Returns where the next window begins.
  std::int64_t hear_window(const WindowPlace& place) {
    DecoderSession& session = audio_.encode(place.seek, place.frames);
    const DecodeResult result = decode_with_fallback(
        session, tokenizer_, options_, reader_.options_for(before_, session.context(), windows_++));
    SpeechReader::Heard heard = reader_.read(result, place, session, before_);
    if (!heard.segments.empty()) transcript_.keep(std::move(heard.segments));
    return heard.next_seek;
  }

  AudioWindows& audio_;
  const Tokenizer& tokenizer_;
  const TranscribeOptions& options_;
  const TranscribeObserver& observer_;
  SpeechReader reader_;
  SpeechBefore before_;
  GrowingTranscript transcript_;
  std::uint64_t windows_ = 0;
};

}  // namespace

std::optional<TokenId> requested_language(const Tokenizer& tokenizer,
                                          const TranscribeOptions& options) {
  const bool multilingual = tokenizer.special().multilingual;
  if (!multilingual && options.decoding.task == Task::translate) {
    fail(ErrorKind::usage, Option{"task"}, ": an English-only model cannot translate");
  }
  if (!options.language) return std::nullopt;
  if (multilingual) return tokenizer.language_token(*options.language);
  if (*options.language == "en" || *options.language == "english" ||
      *options.language == "English") {
    return std::nullopt;
  }
  fail(ErrorKind::usage, Option{"language"}, ": an English-only model cannot write down \"",
       *options.language, "\"");
}

Transcript transcribe(AudioWindows& audio, const Tokenizer& tokenizer,
                      const TranscribeOptions& options, const TranscribeObserver& observer) {
  check_options(options);
  return TranscribeLoop(audio, tokenizer, options, observer).run();
}

}  // namespace sotto
