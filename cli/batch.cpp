#include "batch.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <system_error>

#include "core/base/error.h"
#include "core/base/jobs.h"
#include "job_records.h"
#include "output_names.h"
#include "turns.h"

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

/// Numbers for those who work at the same time, the lowest that nobody has.
class Numbers {
 public:
  std::size_t take() {
    const std::lock_guard lock(mutex_);
    const auto free = std::find(taken_.begin(), taken_.end(), false);
    const auto number = static_cast<std::size_t>(free - taken_.begin());
    if (free == taken_.end()) taken_.push_back(false);
    taken_[number] = true;
    return number;
  }
  void give_back(std::size_t number) {
    const std::lock_guard lock(mutex_);
    taken_[number] = false;
  }

 private:
  std::mutex mutex_;
  std::vector<bool> taken_;
};

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
    std::vector<const Input*> all;
    all.reserve(batch_.inputs.size());
    for (const Input& input : batch_.inputs) all.push_back(&input);
    const std::vector<const Input*> busy = attempt(all, JobRecords::Wait::no, batch_.jobs);
    // Who waits for another process keeps nothing that one may wait for.
    attempt(busy, JobRecords::Wait::yes, 1);
    return count_;
  }

 private:
  /// A recording among those of a round.
  struct Place {
    const Input& input;
    std::size_t number;
    Turns& turns;
  };

  /// Returns those that other processes work on.
  std::vector<const Input*> attempt(const std::vector<const Input*>& inputs, JobRecords::Wait wait,
                                    std::size_t workers) {
    Turns turns(inputs.size());
    std::vector<char> is_busy(inputs.size());  // a byte each, for several threads write
    Numbers numbers;
    std::vector<std::function<void()>> jobs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      jobs.emplace_back([&, i] {
        const std::size_t worker = numbers.take();
        is_busy[i] = attempt({*inputs[i], i, turns}, wait, worker) ? 0 : 1;
        numbers.give_back(worker);
      });
    }
    run_jobs(jobs, workers);
    std::vector<const Input*> busy;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (is_busy[i] != 0) busy.push_back(inputs[i]);
    }
    return busy;
  }

  /// False when another process works on it.
  bool attempt(const Place& place, JobRecords::Wait wait, std::size_t worker) {
    bool is_ours = true;
    try {
      is_ours = !records_ || records_->lock(place.input.name, wait);
      if (is_ours) transcribe(place, worker);
    } catch (const Error& problem) {
      tell_failure(place, problem.message());
    } catch (const std::bad_alloc&) {  // what is short for one may do for the others
      tell_failure(place, concat(place.input.path.string(), ": out of memory"));
    }
    if (records_ && is_ours) {
      place.turns.act(place.number, [this, &input = place.input] { records_->unlock(input.name); });
    }
    place.turns.end(place.number);
    return is_ours;
  }

  void tell_failure(const Place& place, const std::string& sentence) {
    place.turns.act(place.number, [this, sentence] { count_failure(sentence); });
  }

  void count_failure(const std::string& sentence) {
    steps_.on_failure(sentence);
    ++count_.failed;
  }

  void transcribe(const Place& place, std::size_t worker) {
    // As the recording is before it is read: one that changes meanwhile is another job.
    const Input& input = place.input;
    const auto job = records_ ? job_of(input.path, batch_.job) : std::nullopt;
    const std::vector<OutputFormat> finished =
        records_ ? finished_formats(*records_, input, job) : std::vector<OutputFormat>{};
    if (batch_.resume && job && holds_all(finished, batch_)) {
      place.turns.act(place.number, [this] {
        ++count_.finished_before;
        tell_finished();
      });
      return;
    }
    const auto written = std::make_shared<const WrittenDown>(write_down(place, worker));
    if (records_) {
      records_->forget(input.name);
      write_outputs(written->transcript, batch_.folder, input.name, batch_.formats,
                    batch_.subtitles);
    }
    place.turns.act(place.number, [this, &input, job, finished, written] {
      try {
        finish(input, *written, job, united(finished, batch_.formats));
      } catch (const Error& problem) {  // it may be another recording's thread that does this
        count_failure(problem.message());
      }
    });
  }

  void finish(const Input& input, const WrittenDown& written,
              const std::optional<nlohmann::json>& job, const std::vector<OutputFormat>& formats) {
    const bool is_whole = steps_.on_written(input, written);
    if (is_whole && job) records_->remember(input.name, *job, formats);
    ++count_.written;
    finished_ += is_whole ? 1 : 0;
    tell_finished();
  }

  WrittenDown write_down(const Place& place, std::size_t worker) {
    const auto follower = std::make_shared<TranscribeObserver>();
    Turns& turns = place.turns;
    const std::size_t number = place.number;
    turns.act(number, [this, follower, &input = place.input] {
      if (steps_.begin) *follower = steps_.begin(input);
    });
    TranscribeObserver observer;
    observer.on_language = [&turns, number, follower](const std::string& language) {
      turns.act(number, [follower, language] {
        if (follower->on_language) follower->on_language(language);
      });
    };
    observer.on_segments = [&turns, number, follower](const std::vector<Segment>& segments) {
      turns.act(number, [follower, segments] {
        if (follower->on_segments) follower->on_segments(segments);
      });
    };
    observer.on_progress = [&turns, number, follower](std::int64_t done, std::int64_t total) {
      turns.act_now_or_never(number, [&] {
        if (follower->on_progress) follower->on_progress(done, total);
      });
    };
    return steps_.transcribe({place.input, worker, observer, [&](const std::string& sentence) {
                                turns.act(number, [this, sentence] {
                                  if (steps_.on_note) steps_.on_note(sentence);
                                });
                              }});
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
