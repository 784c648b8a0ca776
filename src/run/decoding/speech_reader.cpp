#include "run/decoding/speech_reader.h"

#include <algorithm>
#include <span>
#include <utility>

#include "core/base/text.h"
#include "run/decoding/fallback.h"
#include "run/decoding/hallucination.h"
#include "run/decoding/last_tokens.h"
#include "run/decoding/word_timing.h"

namespace sotto {
namespace {

constexpr std::uint64_t kSeedsPerWindow = 1000;  // more than anyone has temperatures

/// Segments without text or length keep their place and say nothing.
void clear_silent(std::vector<Segment>& segments) {
  for (Segment& segment : segments) {
    if (segment.start != segment.end && !strip_white_space(segment.text).empty()) continue;
    segment.text.clear();
    segment.tokens.clear();
    segment.words.emplace();
  }
}

}  // namespace

SpeechReader::SpeechReader(const Tokenizer& tokenizer, const TranscribeOptions& options,
                           const RecordingFrames& frames, std::optional<TokenId> language)
    : tokenizer_(tokenizer),
      options_(options),
      frames_(frames),
      language_(language ? language_of(tokenizer.special(), *language).code : "en"),
      decoding_(options.decoding) {
  decoding_.language = language;
  if (options.prefix) decoding_.prefix = encode_phrase(*options.prefix);
}

std::vector<TokenId> SpeechReader::encode_phrase(const std::string& text) const {
  return tokenizer_.encode(concat(" ", strip_white_space(text)));
}

SpeechBefore SpeechReader::beginning() const {
  SpeechBefore before;
  if (options_.initial_prompt) before.tokens = encode_phrase(*options_.initial_prompt);
  before.initial_count = before.tokens.size();
  return before;
}

DecodeOptions SpeechReader::options_for(const SpeechBefore& before, std::int64_t context,
                                        std::uint64_t number) const {
  DecodeOptions decoding = decoding_;
  decoding.prompt = prompt(before, context);
  decoding.seed = options_.decoding.seed + kSeedsPerWindow * number;
  return decoding;
}

std::vector<TokenId> SpeechReader::prompt(const SpeechBefore& before, std::int64_t context) const {
  const auto& tokens = before.tokens;
  const auto tail_from = [&](std::size_t place) {
    return std::vector<TokenId>(tokens.begin() + static_cast<std::ptrdiff_t>(place), tokens.end());
  };
  if (!options_.carry_initial_prompt) return tail_from(before.prompt_begin);
  const auto initial_count = static_cast<std::ptrdiff_t>(before.initial_count);
  std::vector<TokenId> prompt(tokens.begin(), tokens.begin() + initial_count);
  const auto recent = last_tokens(tail_from(std::max(before.initial_count, before.prompt_begin)),
                                  context / 2 - 1 - static_cast<std::int64_t>(initial_count));
  prompt.insert(prompt.end(), recent.begin(), recent.end());
  return prompt;
}

SpeechReader::Heard SpeechReader::read(const DecodeResult& result, const WindowPlace& place,
                                       RowSession& session, SpeechBefore& before) const {
  if (is_silence(result, options_)) return {{}, place.seek + place.frames};
  CutWindow window = cut_window(result, tokenizer_, place);
  const bool is_heard = !options_.word_timestamps || time_words(session, place, window, before);
  // The reference would loop for ever where a window ends at its very beginning.
  const std::int64_t next_seek =
      window.next_seek > place.seek ? window.next_seek : place.seek + place.frames;
  if (!is_heard) return {{}, next_seek};
  clear_silent(window.segments);
  for (const Segment& segment : window.segments) {
    before.tokens.insert(before.tokens.end(), segment.tokens.begin(), segment.tokens.end());
  }
  // What was drawn at a high temperature is no good guide for the next window.
  constexpr double kUnreliable = 0.5;
  if (!options_.condition_on_previous_text || result.temperature > kUnreliable) {
    before.prompt_begin = before.tokens.size();
  }
  return {std::move(window.segments), next_seek};
}

/// Gives the segments their words. Returns false when the window is to be heard again.
bool SpeechReader::time_words(RowSession& session, const WindowPlace& place, CutWindow& window,
                              SpeechBefore& before) const {
  add_word_timestamps(
      session, tokenizer_,
      {sot_sequence(tokenizer_.special(), decoding_), language_, place.frames, before.last_speech},
      {options_.prepend_punctuations, options_.append_punctuations}, window.segments);
  if (!window.ends_in_silence) {
    const auto end = end_of_speech(window.segments);
    if (end && *end > place.start()) window.next_seek = frame_at(*end);
  }
  if (options_.hallucination_silence_threshold) {
    const HallucinationContext context{
        place,
        frames_.window,
        frames_.content,
        before.last_speech,
        *options_.hallucination_silence_threshold,
        options_.prepend_punctuations + options_.append_punctuations};
    if (!drop_hallucinations(context, window)) return false;
  }
  if (const auto end = end_of_speech(window.segments)) before.last_speech = *end;
  return true;
}

void GrowingTranscript::keep(std::vector<Segment> segments) {
  for (Segment& segment : segments) {
    segment.id = static_cast<std::int64_t>(transcript_.segments.size());
    transcript_.segments.push_back(segment);
  }
  if (observer_.on_segments) observer_.on_segments(segments);
}

Transcript GrowingTranscript::finish(const std::string& language) {
  std::vector<TokenId> tokens;
  for (const Segment& segment : transcript_.segments) {
    tokens.insert(tokens.end(), segment.tokens.begin(), segment.tokens.end());
  }
  transcript_.text = tokenizer_.decode_without_timestamps(tokens);
  transcript_.language = language;
  return std::move(transcript_);
}

TokenId announced_language(TokenId language, const Tokenizer& tokenizer,
                           const TranscribeObserver& observer) {
  if (observer.on_language) {
    observer.on_language(std::string(language_of(tokenizer.special(), language).code));
  }
  return language;
}

}  // namespace sotto
