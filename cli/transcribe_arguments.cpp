#include "transcribe_arguments.h"

#include "core/base/error.h"
#include "option_values.h"

namespace sotto::cli {
namespace {

bool is_given(const std::optional<std::int64_t>& number) { return number && *number != 0; }

void require_words(const std::string& flag, bool is_wanted) {
  if (is_wanted) throw CLI::ValidationError(flag, "expected --word_timestamps True with it");
}

void check_subtitles(const TranscribeArguments& arguments) {
  const SubtitleOptions& subtitles = arguments.subtitles;
  const std::pair<const char*, const std::optional<std::int64_t>&> numbers[] = {
      {"--max_line_width", subtitles.max_line_width},
      {"--max_line_count", subtitles.max_line_count},
      {"--max_words_per_line", subtitles.max_words_per_line}};
  for (const auto& [flag, number] : numbers) {
    if (number.value_or(0) < 0) {
      throw CLI::ValidationError(flag, concat("expected 0 or more, found ", *number));
    }
  }
  if (arguments.options.word_timestamps) return;
  for (const auto& [flag, number] : numbers) require_words(flag, is_given(number));
  require_words("--highlight_words", subtitles.highlight_words);
}

}  // namespace

void complete(TranscribeArguments& arguments) {
  arguments.options.temperatures =
      arguments.temperature_increment
          ? temperatures_from(arguments.temperature, *arguments.temperature_increment)
          : std::vector{arguments.temperature};
  check_subtitles(arguments);
  if (arguments.vad && arguments.options.clip_timestamps != std::vector{0.0}) {
    throw CLI::ValidationError("--vad", "expected no --clip_timestamps beside it");
  }
  if (arguments.vad_model && !arguments.vad) {
    throw CLI::ValidationError("--vad_model", "expected --vad with it");
  }
  if (arguments.resume && arguments.formats.empty()) {
    throw CLI::ValidationError("--resume", "expected an --output_format other than none with it");
  }
  check_options(arguments.options);
}

std::vector<std::string> warnings_about(const TranscribeArguments& arguments) {
  const SubtitleOptions& subtitles = arguments.subtitles;
  std::vector<std::string> warnings;
  if (is_given(subtitles.max_line_count) && !is_given(subtitles.max_line_width)) {
    warnings.emplace_back("--max_line_count has no effect without --max_line_width");
  }
  if (is_given(subtitles.max_words_per_line) && is_given(subtitles.max_line_width)) {
    warnings.emplace_back("--max_words_per_line and --max_line_width both break lines");
  }
  if (arguments.options.word_timestamps && arguments.options.decoding.task == Task::translate) {
    warnings.emplace_back("the times of words in a translation may be unreliable");
  }
  return warnings;
}

}  // namespace sotto::cli
