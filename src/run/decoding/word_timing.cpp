#include "run/decoding/word_timing.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>

#include "run/decoding/alignment.h"
#include "run/decoding/audio_windows.h"
#include "run/decoding/punctuation.h"

namespace sotto {
namespace {

/// How long words of this window are, in seconds: what is too long shows by it.
struct Durations {
  double median = 0;
  [[nodiscard]] double longest() const { return 2 * median; }
};

Durations durations_of(const std::vector<WordTiming>& words) {
  constexpr double kLongestMedian = 0.7;
  std::vector<double> lengths;
  for (const WordTiming& word : words) {
    if (word.end != word.start) lengths.push_back(word.end - word.start);
  }
  if (lengths.empty()) return {};
  std::sort(lengths.begin(), lengths.end());
  const std::size_t middle = lengths.size() / 2;
  const double median =
      lengths.size() % 2 == 1 ? lengths[middle] : (lengths[middle - 1] + lengths[middle]) / 2;
  return {std::min(kLongestMedian, median)};
}

/// No text counts as an end of a sentence too, as in the reference.
bool ends_sentence(const WordTiming& word) {
  return std::string_view(".。!！?？").find(word.word) != std::string_view::npos;
}

/// A full stop is not spoken, but takes the pause behind it; so does the word after it.
void shorten_at_sentence_ends(std::vector<WordTiming>& words, const Durations& durations) {
  const double longest = durations.longest();
  if (longest == 0) return;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i].end - words[i].start <= longest) continue;
    if (ends_sentence(words[i])) {
      words[i].end = words[i].start + longest;
    } else if (ends_sentence(words[i - 1])) {
      words[i].start = words[i].end - longest;
    }
  }
}

/// As the transcript has it: a window too short to align, whose words begin before it, may be the
/// recording's first.
double time_of(double seconds) { return std::max(0.0, std::rint(seconds * 100) / 100); }

/// The words of a segment with so many tokens; `next` moves behind the last of them.
std::vector<Word> take_words(std::span<const WordTiming>& next, std::size_t tokens, double offset) {
  std::vector<Word> words;
  std::size_t taken = 0;
  while (!next.empty() && taken < tokens) {
    const WordTiming& timing = next.front();
    if (!timing.word.empty()) {
      words.push_back({timing.word, time_of(offset + timing.start), time_of(offset + timing.end),
                       timing.probability});
    }
    taken += timing.tokens.size();
    next = next.subspan(1);
  }
  return words;
}

/// The first word after a pause, and the second, do not take up the pause.
void shorten_after_pause(std::vector<Word>& words, const Durations& durations, double last_speech) {
  const double longest = durations.longest();
  Word& first = words.front();
  Word* second = words.size() > 1 ? &words[1] : nullptr;
  const bool after_pause = first.end - last_speech > 4 * durations.median;
  const bool too_long = first.end - first.start > longest ||
                        (second != nullptr && second->end - first.start > 2 * longest);
  if (!after_pause || !too_long) return;
  if (second != nullptr && second->end - second->start > longest) {
    const double boundary = std::max(second->end / 2, second->end - longest);
    first.end = boundary;
    second->start = boundary;
  }
  first.start = std::max(0.0, first.end - longest);
}

/// The segment takes the times of its words, unless a word at its edge reaches far beyond it: then
/// the word is cut.
void fit_segment(Segment& segment, std::vector<Word>& words, const Durations& durations) {
  constexpr double kFar = 0.5;
  Word& first = words.front();
  if (segment.start < first.end && segment.start - kFar > first.start) {
    first.start = std::max(0.0, std::min(first.end - durations.median, segment.start));
  } else {
    segment.start = first.start;
  }
  Word& last = words.back();
  if (segment.end > last.start && segment.end + kFar < last.end) {
    last.end = std::max(last.start + durations.median, segment.end);
  } else {
    segment.end = last.end;
  }
}

std::vector<TokenId> text_of(const Segment& segment, TokenId end_of_text) {
  std::vector<TokenId> text;
  std::copy_if(segment.tokens.begin(), segment.tokens.end(), std::back_inserter(text),
               [&](TokenId token) { return token < end_of_text; });
  return text;
}

}  // namespace

void add_word_timestamps(RowSession& session, const Tokenizer& tokenizer, const TimedWindow& window,
                         const WordTimingOptions& options, std::vector<Segment>& segments) {
  if (segments.empty()) return;
  std::vector<TokenId> text;
  std::vector<std::size_t> text_sizes;
  for (const Segment& segment : segments) {
    const auto own = text_of(segment, tokenizer.special().end_of_text);
    text.insert(text.end(), own.begin(), own.end());
    text_sizes.push_back(own.size());
  }

  std::vector<WordTiming> timings = find_alignment(session, tokenizer, window, text);
  const Durations durations = durations_of(timings);
  shorten_at_sentence_ends(timings, durations);
  merge_punctuation(timings, options.prepend_punctuations, options.append_punctuations);

  const double offset = static_cast<double>(segments.front().seek) / kFramesPerSecond;
  double last_speech = window.last_speech;
  std::span<const WordTiming> next = timings;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    std::vector<Word> words = take_words(next, text_sizes[i], offset);
    if (!words.empty()) {
      shorten_after_pause(words, durations, last_speech);
      fit_segment(segments[i], words, durations);
      last_speech = segments[i].end;
    }
    segments[i].words = std::move(words);
  }
}

}  // namespace sotto
