#include "run/writers/writers.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "run/writers/python_json.h"
#include "run/writers/subtitles.h"
#include "run/writers/timestamp.h"

namespace sotto {
namespace {

std::string txt(const Transcript& transcript) {
  std::string text;
  for (const Segment& segment : transcript.segments) {
    text.append(strip_white_space(segment.text)).append("\n");
  }
  return text;
}

std::string vtt(const Transcript& transcript, const SubtitleOptions& options) {
  std::string text = "WEBVTT\n\n";
  for (const Subtitle& subtitle : subtitles(transcript, options)) {
    text += concat(timestamp(subtitle.start, {}), " --> ", timestamp(subtitle.end, {}), "\n",
                   subtitle.text, "\n\n");
  }
  return text;
}

std::string srt(const Transcript& transcript, const SubtitleOptions& options) {
  constexpr TimestampStyle kStyle{TimestampStyle::Hours::always, ','};
  std::string text;
  std::size_t number = 0;
  for (const Subtitle& subtitle : subtitles(transcript, options)) {
    text += concat(++number, "\n", timestamp(subtitle.start, kStyle), " --> ",
                   timestamp(subtitle.end, kStyle), "\n", subtitle.text, "\n\n");
  }
  return text;
}

std::string tsv(const Transcript& transcript) {
  std::string text = "start\tend\ttext\n";
  for (const Segment& segment : transcript.segments) {
    std::string spoken(strip_white_space(segment.text));
    std::replace(spoken.begin(), spoken.end(), '\t', ' ');
    text +=
        concat(milliseconds(segment.start), "\t", milliseconds(segment.end), "\t", spoken, "\n");
  }
  return text;
}

void write_whole(const std::filesystem::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

}  // namespace

std::string_view extension(OutputFormat format) {
  switch (format) {
    case OutputFormat::txt:
      return "txt";
    case OutputFormat::vtt:
      return "vtt";
    case OutputFormat::srt:
      return "srt";
    case OutputFormat::tsv:
      return "tsv";
    case OutputFormat::json:
      return "json";
  }
  fail(ErrorKind::internal, "an output format without a name");
}

std::string format_transcript(const Transcript& transcript, OutputFormat format,
                              const SubtitleOptions& options) {
  switch (format) {
    case OutputFormat::txt:
      return txt(transcript);
    case OutputFormat::vtt:
      return vtt(transcript, options);
    case OutputFormat::srt:
      return srt(transcript, options);
    case OutputFormat::tsv:
      return tsv(transcript);
    case OutputFormat::json:
      return python_json(transcript);
  }
  fail(ErrorKind::internal, "an output format without a writer");
}

std::string output_name(const std::filesystem::path& recording) {
  const std::string name = recording.filename().string();
  const std::size_t first_letter = name.find_first_not_of('.');
  const std::size_t dot = name.rfind('.');
  const bool has_extension = dot != std::string::npos && first_letter < dot;
  return has_extension ? name.substr(0, dot) : name;
}

std::filesystem::path output_path(const std::filesystem::path& folder, std::string_view name,
                                  OutputFormat format) {
  return folder / concat(name, ".", extension(format));
}

void write_outputs(const Transcript& transcript, const std::filesystem::path& folder,
                   std::string_view name, std::span<const OutputFormat> formats,
                   const SubtitleOptions& options) {
  // All are formatted before the first is written: what cannot be formatted leaves nothing behind.
  std::vector<std::pair<OutputFormat, std::string>> files;
  for (const OutputFormat format : formats) {
    files.emplace_back(format, format_transcript(transcript, format, options));
  }
  for (const auto& [format, text] : files) write_whole(output_path(folder, name, format), text);
}

}  // namespace sotto
