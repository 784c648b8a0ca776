#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "inputs.h"
#include "progress.h"
#include "run/backends/backend.h"
#include "run/decoding/transcribe_options.h"
#include "run/decoding/transcript.h"
#include "run/transcriber/transcriber.h"
#include "transcribe_arguments.h"

namespace sotto::cli {

/// "[00:00.000 --> 00:02.500]  text" and a line break, as openai/whisper prints it. Like everything
/// for people it is printed with its control characters, which texts rarely have, made visible.
[[nodiscard]] std::string live_line(const Segment& segment);

/// The name of a language as openai/whisper prints it: "Haitian Creole" for "ht".
[[nodiscard]] std::string language_title(const std::string& code);

/// What `--json` prints of a recording, a line: the fields of the reference's result among our own,
/// and what computed it, where that was not the processor.
[[nodiscard]] std::string json_line(const Input& input, const Transcript& transcript,
                                    bool language_detected, const TranscriptionTimes& times,
                                    const ComputeDevice& device = {});

/// What a user sees while recordings are written down: text on stdout, progress on stderr.
class TranscribeOutput {
 public:
  /// `recordings` is how many there are in all, `device` what computes. Both references must
  /// outlive it.
  TranscribeOutput(const TranscribeArguments& arguments, std::size_t recordings, Progress& progress,
                   ComputeDevice device);

  /// Prints the heading of a recording, where there are several; gives what follows it.
  [[nodiscard]] TranscribeObserver begin(const Input& input);

  /// Its outputs are written. False when its line of --json cannot be printed.
  [[nodiscard]] bool finish(const Input& input, const Transcript& transcript,
                            const TranscriptionTimes& times);

  void fail(const std::string& sentence);
  /// Says what a person should know, unless nothing but errors is wanted.
  void note(const std::string& sentence) { progress_.note(sentence); }

  /// Whether all that was to be printed is. What cannot be is told once, and nothing is printed
  /// afterwards; the work goes on where it writes files. Where it does not, printing throws
  /// CLI::RuntimeError.
  [[nodiscard]] bool is_whole() const { return !standard_output_failed_; }

 private:
  void print_text(const std::string& text);
  /// Calls `print`, which may throw Error.
  [[nodiscard]] bool attempt(const std::function<void()>& print);
  void show_progress(const Input& input, std::int64_t done, std::int64_t total);

  const TranscribeArguments& arguments_;
  std::size_t recordings_;
  Progress& progress_;
  ComputeDevice device_;
  bool language_detected_ = false;  ///< of the recording that began last
  bool standard_output_failed_ = false;
  std::chrono::steady_clock::time_point begin_;
};

}  // namespace sotto::cli
