#include "batch.h"

#include <algorithm>
#include <climits>
#include <iterator>
#include <optional>
#include <system_error>
#include <unistd.h>

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

void make_folder(const fs::path& folder) {
  std::error_code error, ignored;
  fs::create_directories(folder, error);
  if (fs::is_directory(folder, ignored)) return;
  const bool is_other = fs::exists(fs::symlink_status(folder, ignored));
  fail(ErrorKind::io, folder.string(),
       is_other ? ": expected a folder for the outputs, found something else"
                : ": cannot be made: " + error.message());
}

/// As the file system is asked for it; where it cannot be (too long a path), as it is written.
fs::path full_path(const fs::path& path) {
  std::error_code error;
  const fs::path written = fs::absolute(path, error);
  fs::path resolved = fs::weakly_canonical(written, error);
  return error ? written.lexically_normal() : resolved;
}

/// The longest name of a file in a folder (a full path, which need not exist yet), and the longest
/// path, in bytes.
struct NameLimits {
  std::size_t name = 255, path = PATH_MAX - 1;
};

NameLimits name_limits(const fs::path& folder) {
  std::error_code ignored;
  fs::path there = folder;
  while (!fs::exists(there, ignored) && there.has_relative_path()) there = there.parent_path();
  NameLimits limits;
  const long longest = ::pathconf(there.c_str(), _PC_NAME_MAX);
  if (longest > 0) limits.name = static_cast<std::size_t>(longest);
  return limits;
}

void check_name(const Input& input, const fs::path& file, const NameLimits& limits) {
  constexpr std::size_t kMadeBesideIt = 36;  // the name that it has until it is whole
  const std::size_t name = file.filename().string().size();
  const std::size_t path = file.parent_path().string().size() + 1 + std::max(name, kMadeBesideIt);
  if (name > limits.name) {
    fail(ErrorKind::usage, input.path.string(), ": expected a name of at most ", limits.name,
         " bytes for its output ", file.filename().string(), ", found one of ", name);
  }
  if (path > limits.path) {
    fail(ErrorKind::usage, input.path.string(), ": expected a path of at most ", limits.path,
         " bytes for its output ", file.string(), ", found one of ", path);
  }
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
  const fs::path folder = full_path(batch.folder);
  const NameLimits limits = name_limits(folder);
  for (const Input& input : batch.inputs) {
    for (const OutputFormat format : batch.formats) {
      check_name(input, output_path(folder, input.name, format), limits);
    }
    if (keeps_records(batch)) check_name(input, JobRecords::record(folder, input.name), limits);
  }
}

BatchCount run_batch(const Batch& batch, const BatchSteps& steps) {
  return Runner(batch, steps).run();
}

}  // namespace sotto::cli
