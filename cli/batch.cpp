#include "batch.h"

#include <algorithm>
#include <iterator>
#include <new>
#include <optional>
#include <system_error>

#include "core/base/error.h"
#include "job_records.h"
#include "output_names.h"

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

void make_folder(const fs::path& folder) {
  std::error_code error, ignored;
  fs::create_directories(folder, error);
  if (fs::is_directory(folder, ignored)) return;
  const bool is_other = fs::exists(fs::symlink_status(folder, ignored));
  fail(ErrorKind::io, folder.string(),
       is_other ? ": expected a folder for the outputs, found something else"
                : ": cannot be made: " + error.message());
}

/// The formats that are in place of this very job.
std::vector<OutputFormat> finished_formats(const JobRecords& records, const Input& input,
                                           const std::optional<nlohmann::json>& job) {
  return job ? records.finished(input.name, *job) : std::vector<OutputFormat>{};
}

bool holds_all(const std::vector<OutputFormat>& finished, const Batch& batch) {
  return united(finished, batch.formats) == finished;
}

class Runner {
 public:
  Runner(const Batch& batch, const BatchSteps& steps) : batch_(batch), steps_(steps) {
    if (batch.formats.empty()) return;
    make_folder(batch.folder);
    records_.emplace(batch.folder, keeps_records(batch) ? JobRecords::Make::where_missing
                                                        : JobRecords::Make::never);
  }

  BatchCount run() {
    tell_finished();
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
      tell_failure(problem.message());
    } catch (const std::bad_alloc&) {  // what is short for one may do for the others
      tell_failure(concat(input.path.string(), ": out of memory"));
    }
    if (records_) records_->unlock(input.name);
    return true;
  }

  void tell_failure(const std::string& sentence) {
    steps_.on_failure(sentence);
    ++count_.failed;
  }

  void transcribe(const Input& input) {
    // As the recording is before it is read: one that changes meanwhile is another job.
    const auto job = records_ ? job_of(input.path, batch_.job) : std::nullopt;
    const std::vector<OutputFormat> finished =
        records_ ? finished_formats(*records_, input, job) : std::vector<OutputFormat>{};
    if (batch_.resume && job && holds_all(finished, batch_)) {
      ++count_.finished_before;
      tell_finished();
      return;
    }
    const Transcript transcript = steps_.transcribe(input);
    if (records_) {
      records_->forget(input.name);
      write_outputs(transcript, batch_.folder, input.name, batch_.formats, batch_.subtitles);
    }
    const bool is_whole = steps_.on_written(input, transcript);
    if (is_whole && job) records_->remember(input.name, *job, united(finished, batch_.formats));
    ++count_.written;
    finished_ += is_whole ? 1 : 0;
    tell_finished();
  }

  void tell_finished() const {
    if (steps_.on_finished) steps_.on_finished(finished_ + count_.finished_before);
  }

  const Batch& batch_;
  const BatchSteps& steps_;
  std::optional<JobRecords> records_;  ///< absent where nothing is written
  BatchCount count_;
  std::size_t finished_ = 0;  ///< by us
};

}  // namespace

bool keeps_records(const Batch& batch) {
  return !batch.formats.empty() && (batch.resume || batch.inputs.size() > 1);
}

void check_output_names(const Batch& batch) {
  if (batch.formats.empty()) return;
  const OutputNames names(batch.folder);
  for (const Input& input : batch.inputs) {
    for (const OutputFormat format : batch.formats) {
      names.check(input.path, output_path({}, input.name, format));
    }
    if (keeps_records(batch)) names.check(input.path, JobRecords::record({}, input.name));
  }
}

bool is_finished(const Batch& batch) {
  std::error_code ignored;
  if (!batch.resume || batch.formats.empty()) return false;
  if (!fs::is_directory(batch.folder, ignored)) return false;
  const JobRecords records(batch.folder, JobRecords::Make::never);
  return std::all_of(batch.inputs.begin(), batch.inputs.end(), [&](const Input& input) {
    const auto job = job_of(input.path, batch.job);
    return job && holds_all(finished_formats(records, input, job), batch);
  });
}

BatchCount run_batch(const Batch& batch, const BatchSteps& steps) {
  return Runner(batch, steps).run();
}

}  // namespace sotto::cli
