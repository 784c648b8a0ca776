#include "batch.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <system_error>

#include "core/base/error.h"
#include "job_records.h"

namespace sotto::cli {
namespace {

namespace fs = std::filesystem;

/// Both orders are that of kAllFormats.
std::vector<OutputFormat> united(const std::vector<OutputFormat>& one,
                                 const std::vector<OutputFormat>& other) {
  std::vector<OutputFormat> all;
  std::set_union(one.begin(), one.end(), other.begin(), other.end(), std::back_inserter(all));
  return all;
}

class Runner {
 public:
  Runner(const Batch& batch, const BatchSteps& steps) : batch_(batch), steps_(steps) {
    if (batch.formats.empty()) return;
    std::error_code error;
    fs::create_directories(batch.folder, error);
    if (error || !fs::is_directory(batch.folder)) {
      fail(ErrorKind::io, batch.folder.string(), ": expected a folder for the outputs, found ",
           error ? error.message() : "something else");
    }
    const bool keep = batch.resume || batch.inputs.size() > 1;
    records_.emplace(batch.folder,
                     keep ? JobRecords::Make::where_missing : JobRecords::Make::never);
  }

  BatchCount run() {
    std::vector<const Input*> busy;
    for (const Input& input : batch_.inputs) {
      if (!attempt(input, JobRecords::Wait::no)) busy.push_back(&input);
    }
    for (const Input* input : busy) attempt(*input, JobRecords::Wait::yes);
    return count_;
  }

 private:
  /// False when another process works on it.
  bool attempt(const Input& input, JobRecords::Wait wait) {
    try {
      if (records_ && !records_->lock(input.name, wait)) return false;
      transcribe(input);
    } catch (const Error& problem) {
      steps_.on_failure(problem.what());
      ++count_.failed;
    }
    if (records_) records_->unlock(input.name);
    return true;
  }

  void transcribe(const Input& input) {
    // As the recording is before it is read: one that changes meanwhile is another job.
    const auto job = records_ ? job_of(input.path, batch_.job) : std::nullopt;
    const std::vector<OutputFormat> finished =
        job ? records_->finished(input.name, *job) : std::vector<OutputFormat>{};
    if (batch_.resume && job && united(finished, batch_.formats) == finished) {
      ++count_.finished_before;
      return;
    }
    const Transcript transcript = steps_.transcribe(input);
    if (records_) {
      records_->forget(input.name);
      write_outputs(transcript, batch_.folder, input.name, batch_.formats, batch_.subtitles);
      if (job) records_->remember(input.name, *job, united(finished, batch_.formats));
    }
    ++count_.written;
    steps_.on_written(input, transcript);
  }

  const Batch& batch_;
  const BatchSteps& steps_;
  std::optional<JobRecords> records_;  ///< absent where nothing is written
  BatchCount count_;
};

}  // namespace

BatchCount run_batch(const Batch& batch, const BatchSteps& steps) {
  return Runner(batch, steps).run();
}

}  // namespace sotto::cli
