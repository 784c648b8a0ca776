#include "run/decoding/transcribe.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "core/base/error.h"
#include "core/base/text.h"
#include "run/decoding/fallback.h"
#include "run/decoding/hallucination.h"
#include "run/decoding/language_detection.h"
#include "run/decoding/last_tokens.h"
#include "run/decoding/segments.h"
#include "run/decoding/word_timing.h"

namespace sotto {
namespace {

/// A stretch of the recording to be heard, in mel frames.
struct Clip {
  std::int64_t begin, end;
};

std::vector<Clip> clips_of(const std::vector<double>& times, std::int64_t content_frames) {
  std::vector<std::int64_t> points;
  points.reserve(times.size() + 1);
  for (const double time : times) points.push_back(std::min(frame_at(time), content_frames));
  if (points.empty()) points.push_back(0);
  if (points.size() % 2 == 1) points.push_back(content_frames);
  std::vector<Clip> clips;
  for (std::size_t i = 0; i < points.size(); i += 2) clips.push_back({points[i], points[i + 1]});
  return clips;
}

class TranscribeLoop {
 public:
  TranscribeLoop(AudioWindows& audio, const Tokenizer& tokenizer, const TranscribeOptions& options,
                 const TranscribeObserver& observer)
      : audio_(audio),
        tokenizer_(tokenizer),
        options_(options),
        observer_(observer),
        decoding_(options.decoding) {}

  Transcript run() {
    choose_language();
    encode_prompts();
    const std::int64_t total = audio_.content_frames();
    for (const Clip& clip : clips_of(options_.clip_timestamps, total)) {
      for (seek_ = clip.begin; seek_ < clip.end;) {
        hear_window({seek_, std::min({audio_.window_frames(), total - seek_, clip.end - seek_})});
        if (observer_.on_progress) observer_.on_progress(std::min(seek_, total), total);
      }
    }
    transcript_.text =
        tokenizer_.decode_without_timestamps(std::span(tokens_).subspan(initial_count_));
    return std::move(transcript_);
  }

 private:
  void choose_language() {
    const SpecialTokens& special = tokenizer_.special();
    transcript_.language = "en";
    decoding_.language = requested_language(tokenizer_, options_);
    if (!special.multilingual) return;
    const bool detect = !decoding_.language.has_value();
    if (detect) decoding_.language = detect_language(audio_.encode_opening(), special);
    transcript_.language = language_of(special, *decoding_.language).code;
    if (detect && observer_.on_language) observer_.on_language(transcript_.language);
  }

  void encode_prompts() {
    if (options_.prefix) decoding_.prefix = encode_phrase(*options_.prefix);
    if (!options_.initial_prompt) return;
    tokens_ = encode_phrase(*options_.initial_prompt);
    initial_count_ = tokens_.size();
  }

  std::vector<TokenId> encode_phrase(const std::string& text) const {
    return tokenizer_.encode(concat(" ", strip_white_space(text)));
  }

  void hear_window(const WindowPlace& place) {
    DecoderSession& session = audio_.encode(place.seek, place.frames);
    decoding_.prompt = prompt(session.context());
    decoding_.seed = options_.decoding.seed + kSeedsPerWindow * windows_++;
    const DecodeResult result = decode_with_fallback(session, tokenizer_, options_, decoding_);
    if (is_silence(result, options_)) {
      seek_ += place.frames;
      return;
    }
    CutWindow window = cut_window(result, tokenizer_, place);
    const bool is_heard = !options_.word_timestamps || time_words(session, place, window);
    // The reference would loop for ever where a window ends at its very beginning.
    seek_ = window.next_seek > place.seek ? window.next_seek : place.seek + place.frames;
    if (!is_heard) return;
    keep(std::move(window.segments));
    // What was drawn at a high temperature is no good guide for the next window.
    constexpr double kUnreliable = 0.5;
    if (!options_.condition_on_previous_text || result.temperature > kUnreliable) {
      prompt_begin_ = tokens_.size();
    }
  }

  std::vector<TokenId> prompt(std::int64_t context) const {
    const auto tail_from = [&](std::size_t place) {
      return std::vector<TokenId>(tokens_.begin() + static_cast<std::ptrdiff_t>(place),
                                  tokens_.end());
    };
    if (!options_.carry_initial_prompt) return tail_from(prompt_begin_);
    const std::int64_t room = context / 2 - 1 - static_cast<std::int64_t>(initial_count_);
    std::vector<TokenId> prompt(tokens_.begin(),
                                tokens_.begin() + static_cast<std::ptrdiff_t>(initial_count_));
    const auto recent = last_tokens(tail_from(std::max(initial_count_, prompt_begin_)), room);
    prompt.insert(prompt.end(), recent.begin(), recent.end());
    return prompt;
  }

  /// Gives the segments their words. Returns false when the window is to be heard again.
  bool time_words(DecoderSession& session, const WindowPlace& place, CutWindow& window) {
    add_word_timestamps(session, tokenizer_,
                        {sot_sequence(tokenizer_.special(), decoding_), transcript_.language,
                         place.frames, last_speech_},
                        {options_.prepend_punctuations, options_.append_punctuations},
                        window.segments);
    if (!window.ends_in_silence) {
      const auto end = end_of_speech(window.segments);
      if (end && *end > place.start()) window.next_seek = frame_at(*end);
    }
    if (options_.hallucination_silence_threshold) {
      const HallucinationContext context{
          place,
          audio_.window_frames(),
          audio_.content_frames(),
          last_speech_,
          *options_.hallucination_silence_threshold,
          options_.prepend_punctuations + options_.append_punctuations};
      if (!drop_hallucinations(context, window)) return false;
    }
    if (const auto end = end_of_speech(window.segments)) last_speech_ = *end;
    return true;
  }

  void keep(std::vector<Segment> segments) {
    for (Segment& segment : segments) {
      if (segment.start == segment.end || strip_white_space(segment.text).empty()) {
        segment.text.clear();
        segment.tokens.clear();
        segment.words.emplace();
      }
      segment.id = static_cast<std::int64_t>(transcript_.segments.size());
      tokens_.insert(tokens_.end(), segment.tokens.begin(), segment.tokens.end());
      transcript_.segments.push_back(segment);
    }
    if (observer_.on_segments) observer_.on_segments(segments);
  }

  static constexpr std::uint64_t kSeedsPerWindow = 1000;  // more than anyone has temperatures

  AudioWindows& audio_;
  const Tokenizer& tokenizer_;
  const TranscribeOptions& options_;
  const TranscribeObserver& observer_;
  DecodeOptions decoding_;
  Transcript transcript_;
  std::vector<TokenId> tokens_;    ///< the initial prompt and all that was kept
  std::size_t initial_count_ = 0;  ///< of them, those of the initial prompt
  std::size_t prompt_begin_ = 0;   ///< where the prompt for the next window begins
  std::int64_t seek_ = 0;          ///< mel frame at which the next window begins
  std::uint64_t windows_ = 0;
  double last_speech_ = 0;
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
