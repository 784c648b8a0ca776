#include "transcribe_output.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "core/base/error.h"
#include "message.h"
#include "progress_bar.h"
#include "run/decoding/audio_windows.h"
#include "run/tokenizer/tokenizer.h"
#include "run/writers/python_json.h"
#include "run/writers/timestamp.h"
#include "shown.h"

namespace sotto::cli {

std::string live_line(const Segment& segment) {
  return concat("[", timestamp_of(segment.start), " --> ", timestamp_of(segment.end), "] ",
                segment.text, "\n");
}

std::string language_title(const std::string& code) {
  const Language* found = find_language(code);
  std::string title(found == nullptr ? code : found->name);
  bool begins_word = true;
  for (char& letter : title) {
    if (begins_word && letter >= 'a' && letter <= 'z')
      letter = static_cast<char>(letter - 'a' + 'A');
    begins_word = letter == ' ';
  }
  return title;
}

namespace {

std::string device_fields(const ComputeDevice& device) {
  if (device.name.empty()) return {};
  return concat(", \"device\": ", python_string(device.name),
                ", \"simulated\": ", device.is_simulated ? "true" : "false");
}

}  // namespace

std::string json_line(const Input& input, const Transcript& transcript, bool language_detected,
                      const TranscriptionTimes& times, const ComputeDevice& device) {
  std::string result = python_json(transcript);  // an object, whose braces go
  result = result.substr(1, result.size() - 2);
  return concat("{\"audio_file\": ", python_string(input.path.string()), ", ", result,
                ", \"language_detected\": ", language_detected ? "true" : "false",
                ", \"audio_seconds\": ", python_number(times.audio_seconds),
                ", \"audio_time\": ", python_number(times.audio_time),
                ", \"encode_time\": ", python_number(times.encode_time),
                ", \"decode_time\": ", python_number(times.decode_time), device_fields(device),
                "}\n");
}

TranscribeOutput::TranscribeOutput(const TranscribeArguments& arguments, std::size_t recordings,
                                   Progress& progress, ComputeDevice device)
    : arguments_(arguments),
      recordings_(recordings),
      progress_(progress),
      device_(std::move(device)) {}

TranscribeObserver TranscribeOutput::begin(const Input& input) {
  language_detected_ = false;
  begin_ = std::chrono::steady_clock::now();
  const bool prints_text = !arguments_.json && !arguments_.quiet;
  if (prints_text && recordings_ > 1) print_text(shown_on_a_line(input.path.string()) + "\n");
  progress_.show(input.name);

  TranscribeObserver observer;
  observer.on_language = [this, prints_text](const std::string& language) {
    language_detected_ = true;
    if (prints_text) print_text(concat("Detected language: ", language_title(language), "\n"));
  };
  if (prints_text && arguments_.verbose) {
    observer.on_segments = [this](const std::vector<Segment>& segments) {
      std::string text;
      for (const Segment& segment : segments) text += live_line(segment);
      print_text(text);
    };
  }
  observer.on_progress = [this, input](std::int64_t done, std::int64_t total) {
    show_progress(input, done, total);
  };
  return observer;
}

bool TranscribeOutput::finish(const Input& input, const Transcript& transcript,
                              const TranscriptionTimes& times) {
  progress_.clear();
  if (!arguments_.json) return true;
  return attempt(
      [&] { print_json(json_line(input, transcript, language_detected_, times, device_)); });
}

void TranscribeOutput::fail(const std::string& sentence) {
  progress_.clear();
  print_error(sentence);
}

void TranscribeOutput::print_text(const std::string& text) {
  progress_.clear();
  static_cast<void>(attempt([&] { print(text); }));
}

bool TranscribeOutput::attempt(const std::function<void()>& print) {
  if (standard_output_failed_) return false;
  try {
    print();
    return true;
  } catch (const Error& problem) {
    standard_output_failed_ = true;
    const bool goes_on = !arguments_.formats.empty();
    print_error(concat(problem.message(), goes_on ? " (the files are written all the same)" : ""));
    if (!goes_on) throw CLI::RuntimeError(1);
    return false;
  }
}

void TranscribeOutput::show_progress(const Input& input, std::int64_t done, std::int64_t total) {
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin_;
  progress_.show(progress_bar({input.name, static_cast<double>(done) / kFramesPerSecond,
                               static_cast<double>(total) / kFramesPerSecond, elapsed.count()}));
}

}  // namespace sotto::cli
