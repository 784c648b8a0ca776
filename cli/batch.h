#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "inputs.h"
#include "run/decoding/transcribe_options.h"
#include "run/decoding/transcript.h"
#include "run/transcriber/transcriber.h"
#include "run/writers/writers.h"

namespace sotto::cli {

/// Recordings to be written down.
struct Batch {
  std::vector<Input> inputs;
  std::filesystem::path folder;       ///< of the outputs
  std::vector<OutputFormat> formats;  ///< none to write nothing
  SubtitleOptions subtitles;
  nlohmann::json job;    ///< what decides the outputs besides the recording
  bool resume = false;   ///< leave out what is finished
  std::size_t jobs = 1;  ///< how many are written down at once
};

/// A recording that a worker is to write down.
struct BatchTask {
  const Input& input;
  std::size_t worker = 0;              ///< of those that work at the same time, from 0 on
  const TranscribeObserver& observer;  ///< to be told; passes on to what BatchSteps::begin gave
  const std::function<void(const std::string& sentence)>& note;  ///< passes on to on_note
};

/// What became of it.
struct WrittenDown {
  Transcript transcript;
  TranscriptionTimes times{};
};

/// How one of them is done. An Error that the first three throw fails that recording alone. All but
/// `transcribe` are called one at a time and in the order of the recordings, whichever is done
/// first: those of one behind all of the one before it.
struct BatchSteps {
  /// In any thread, at once for as many recordings as there are jobs.
  std::function<WrittenDown(const BatchTask&)> transcribe;
  /// It is about to begin, or has begun; gives who follows it. May be left out.
  std::function<TranscribeObserver(const Input&)> begin{};
  /// Its outputs, if any, are in place. False when something else that belongs to it is not: then
  /// it is not finished.
  std::function<bool(const Input&, const WrittenDown&)> on_written;
  std::function<void(const std::string& sentence)> on_failure;
  /// What a person should know of it, though nothing failed; may be left out.
  std::function<void(const std::string& sentence)> on_note{};
  /// Told at the beginning, and whenever it changes, how many are finished; may be left out.
  std::function<void(std::size_t finished)> on_finished{};
};

struct BatchCount {
  std::size_t written = 0, failed = 0, finished_before = 0;
};

/// Whether what is finished is recorded even where there are no records yet.
[[nodiscard]] bool keeps_records(const Batch& batch);

/// Throws usage, naming the recording, when a file system does not take the name of one of its
/// files, before anything is done.
void check_output_names(const Batch& batch);

/// Whether `resume` leaves out every recording, so that nothing is needed to do the rest. Throws io
/// as run_batch() does.
[[nodiscard]] bool is_finished(const Batch& batch);

/// Does them all. Outputs appear whole, and what is finished is recorded (JobRecords) when there
/// are several recordings, with `resume`, and where there are records already. Several processes
/// may share a folder: one leaves what another works on for the end, and then waits for it, one
/// after the other. Throws io when the folder cannot be made.
BatchCount run_batch(const Batch& batch, const BatchSteps& steps);

}  // namespace sotto::cli
