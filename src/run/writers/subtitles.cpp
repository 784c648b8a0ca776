#include "run/writers/subtitles.h"

#include <algorithm>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

#include "core/base/error.h"
#include "core/base/text.h"
#include "run/writers/timestamp.h"

namespace sotto {
namespace {

std::optional<std::int64_t> positive(const std::optional<std::int64_t>& number) {
  return number && *number > 0 ? number : std::nullopt;
}

/// Puts words into lines and lines into subtitles, each a list of words that carry the white space
/// and line breaks between them.
class Layout {
 public:
  explicit Layout(const SubtitleOptions& options)
      : width_(positive(options.max_line_width).value_or(kWide)),
        count_(positive(options.max_line_count)),
        words_(positive(options.max_words_per_line).value_or(kWide)),
        keeps_segments_(!count_ || !positive(options.max_line_width)) {}

  std::vector<std::vector<Word>> lay_out(const std::vector<Segment>& segments) {
    last_start_ = first_start(segments);
    for (const Segment& segment : segments) {
      std::int64_t place = 0;
      for (const Word& word : *segment.words) add(word, place++ % words_ == 0);
    }
    finish_subtitle();
    return std::move(subtitles_);
  }

 private:
  static constexpr std::int64_t kWide = 1000;  // the reference's idea of no limit

  static std::int64_t length(std::string_view text) {
    return static_cast<std::int64_t>(count_characters(text));
  }

  static double first_start(const std::vector<Segment>& segments) {
    for (const Segment& segment : segments) {
      if (!segment.words->empty()) return segment.words->front().start;
    }
    return segments.front().start;
  }

  /// `opens` marks the first word of a segment, or of a line's worth of words in it.
  void add(Word word, bool opens) {
    constexpr double kLongPause = 3.0;  // seconds
    const bool after_pause = !keeps_segments_ && word.start - last_start_ > kLongPause;
    const bool breaks = opens && !subtitle_.empty() && keeps_segments_;
    const bool has_room = line_length_ + length(word.word) <= width_;
    last_start_ = word.start;
    if (line_length_ > 0 && has_room && !after_pause && !breaks) {
      line_length_ += length(word.word);
    } else {
      begin_line(word, breaks, after_pause);
    }
    subtitle_.push_back(std::move(word));
  }

  void begin_line(Word& word, bool breaks, bool after_pause) {
    word.word = std::string(strip_white_space(word.word));
    const bool is_full = count_ && (after_pause || line_count_ >= *count_);
    const std::int64_t word_length = length(word.word);
    if (breaks || (is_full && !subtitle_.empty())) {
      finish_subtitle();
    } else if (line_length_ > 0) {
      ++line_count_;
      word.word = concat("\n", word.word);
    }
    line_length_ = word_length;
  }

  void finish_subtitle() {
    if (!subtitle_.empty()) subtitles_.push_back(std::exchange(subtitle_, {}));
    line_count_ = 1;
  }

  const std::int64_t width_;
  const std::optional<std::int64_t> count_;
  const std::int64_t words_;
  const bool keeps_segments_;  ///< a segment begins a subtitle

  std::vector<std::vector<Word>> subtitles_;
  std::vector<Word> subtitle_;
  std::int64_t line_length_ = 0;
  std::int64_t line_count_ = 1;
  double last_start_ = 0;
};

/// What the reference's re.sub(r"^(\s*)(.*)$", r"\1<u>\2</u>", word) makes of a word: its dot
/// matches no line break, its dollar also matches before a last one, so a word with another line
/// break inside stays as it is.
std::string underlined(std::string_view word) {
  const std::string_view space = word.substr(0, leading_white_space(word));
  std::string_view body = word.substr(space.size());
  std::string_view line_break;
  if (body.ends_with('\n')) {
    line_break = body.substr(body.size() - 1);
    body.remove_suffix(1);
  }
  if (body.find('\n') != std::string_view::npos) return std::string(word);
  std::string marked(space);
  return marked.append("<u>").append(body).append("</u>").append(line_break);
}

std::string joined(const std::vector<Word>& words) {
  std::string text;
  for (const Word& word : words) text += word.word;
  return text;
}

std::string joined_with_underline(const std::vector<Word>& words, std::size_t marked) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    text += i == marked ? underlined(words[i].word) : words[i].word;
  }
  return text;
}

/// One subtitle for each word, and one without a mark wherever nobody speaks between two words.
void add_highlighted(const std::vector<Word>& words, std::vector<Subtitle>& subtitles) {
  const std::string plain = joined(words);
  std::int64_t last = milliseconds(words.front().start);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::int64_t start = milliseconds(words[i].start);
    const std::int64_t end = milliseconds(words[i].end);
    if (last != start) subtitles.push_back({last, start, plain});
    subtitles.push_back({start, end, joined_with_underline(words, i)});
    last = end;
  }
}

std::vector<Subtitle> of_words(const std::vector<Segment>& segments,
                               const SubtitleOptions& options) {
  std::vector<Subtitle> subtitles;
  for (const auto& words : Layout(options).lay_out(segments)) {
    if (options.highlight_words) {
      add_highlighted(words, subtitles);
    } else {
      subtitles.push_back(
          {milliseconds(words.front().start), milliseconds(words.back().end), joined(words)});
    }
  }
  return subtitles;
}

/// "-->" separates times in both formats, so no text may hold it. (Words may, in the reference.)
std::string without_arrows(std::string_view text) {
  std::string result;
  for (std::size_t arrow; (arrow = text.find("-->")) != std::string_view::npos;) {
    result.append(text.substr(0, arrow)).append("->");
    text.remove_prefix(arrow + 3);
  }
  return result.append(text);
}

std::vector<Subtitle> of_segments(const std::vector<Segment>& segments) {
  std::vector<Subtitle> subtitles;
  subtitles.reserve(segments.size());
  for (const Segment& segment : segments) {
    subtitles.push_back({milliseconds(segment.start), milliseconds(segment.end),
                         without_arrows(strip_white_space(segment.text))});
  }
  return subtitles;
}

}  // namespace

std::vector<Subtitle> subtitles(const Transcript& transcript, const SubtitleOptions& options) {
  const auto& segments = transcript.segments;
  // The reference looks at the first segment alone, and fails where a later one has none.
  const bool have_words = !segments.empty() &&
                          std::all_of(segments.begin(), segments.end(), [](const Segment& segment) {
                            return segment.words.has_value();
                          });
  return have_words ? of_words(segments, options) : of_segments(segments);
}

}  // namespace sotto
