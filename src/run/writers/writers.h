#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "run/decoding/transcript.h"

namespace sotto {

/// The files that openai/whisper writes (utils.py). docs/formats/transcripts.md describes them.
enum class OutputFormat { txt, vtt, srt, tsv, json };

/// "txt"
[[nodiscard]] std::string_view extension(OutputFormat format);

/// How words are put together to subtitles in vtt and srt. Without the words of every segment, each
/// segment is one subtitle and none of this has an effect. Numbers are 1 or more; 0 is as good as
/// none.
struct SubtitleOptions {
  std::optional<std::int64_t> max_line_width;  ///< in characters
  /// Lines of a subtitle. Together with max_line_width it lets subtitles span segments.
  std::optional<std::int64_t> max_line_count;
  std::optional<std::int64_t> max_words_per_line;
  bool highlight_words = false;  ///< a subtitle for each word, which stands between <u> and </u>
};

/// The bytes of the file of that format, equal to those of the reference for the same result. Text
/// that is not well-formed UTF-8 has U+FFFD in its place in JSON. Throws internal for a time in a
/// subtitle or table that is not finite, or is negative.
[[nodiscard]] std::string format_transcript(const Transcript& transcript, OutputFormat format,
                                            const SubtitleOptions& options = {});

/// What the outputs of a recording are called before ".txt": its name without the last extension
/// ("a.tar" of "x/a.tar.gz", ".mp3" of ".mp3", as Python's os.path.splitext cuts).
[[nodiscard]] std::string output_name(const std::filesystem::path& recording);

[[nodiscard]] std::filesystem::path output_path(const std::filesystem::path& folder,
                                                std::string_view name, OutputFormat format);

/// Writes folder/name.extension for every format, each whole or not at all, replacing what is
/// there. Throws io.
void write_outputs(const Transcript& transcript, const std::filesystem::path& folder,
                   std::string_view name, std::span<const OutputFormat> formats,
                   const SubtitleOptions& options = {});

}  // namespace sotto
