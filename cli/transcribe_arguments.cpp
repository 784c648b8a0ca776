#include "transcribe_arguments.h"

#include "argument_table.h"
#include "core/base/error.h"
#include "option_values.h"
#include "option_words.h"

namespace sotto::cli {
namespace {

bool is_given(const std::optional<std::int64_t>& number) { return number && *number != 0; }

bool is_given(bool is_wanted) { return is_wanted; }

double number_in(const std::optional<std::int64_t>& number) {
  return static_cast<double>(number.value_or(0));
}

double number_in(bool /*value*/) { return 0; }

/// Calls `check(row, value)` for each option of the subtitles.
template <class Check>
void for_each_subtitle_option(const SubtitleOptions& subtitles, const Check& check) {
  for (const Argument& row : argument_table()) {
    std::visit(
        [&](auto field) {
          if constexpr (std::is_invocable_v<decltype(field), const SubtitleOptions&>) {
            check(row, std::invoke(field, subtitles));
          }
        },
        row.field);
  }
}

void check_subtitles(const TranscribeArguments& arguments) {
  for_each_subtitle_option(arguments.subtitles, [](const Argument& row, const auto& value) {
    if (!row.range || number_in(value) >= row.range->least) return;
    throw CLI::ValidationError(concat("--", row.name), concat("expected ", row.range->least,
                                                              " or more, found ", word_of(value)));
  });
  if (arguments.options.word_timestamps) return;
  for_each_subtitle_option(arguments.subtitles, [](const Argument& row, const auto& value) {
    if (!is_given(value)) return;
    throw CLI::ValidationError(concat("--", row.name), "expected --word_timestamps True with it");
  });
}

}  // namespace

void complete(TranscribeArguments& arguments) {
  arguments.options.temperatures =
      arguments.temperature_increment
          ? temperatures_from(arguments.temperature, *arguments.temperature_increment)
          : std::vector{arguments.temperature};
  check_subtitles(arguments);
  // Windows that are heard side by side begin and end somewhere: where nobody speaks.
  const bool names_clips = arguments.options.clip_timestamps != std::vector{0.0};
  if (arguments.batch > 0 && !names_clips) arguments.vad = true;
  if (arguments.vad && names_clips) {
    throw CLI::ValidationError("--vad", "expected no --clip_timestamps beside it");
  }
  if (arguments.vad_model && !arguments.vad) {
    throw CLI::ValidationError("--vad_model", "expected --vad or --batch with it");
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
