#include "core/base/jobs.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <future>
#include <mutex>

namespace sotto {
namespace {

class Runner {
 public:
  explicit Runner(const std::vector<std::function<void()>>& jobs) : jobs_(jobs) {}

  void work() {
    for (std::size_t job = next_++; job < jobs_.size(); job = next_++) {
      try {
        jobs_[job]();
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
        next_ = jobs_.size();
      }
    }
  }

  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  const std::vector<std::function<void()>>& jobs_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  std::exception_ptr failure_;
};

}  // namespace

void run_jobs(const std::vector<std::function<void()>>& jobs, std::size_t threads) {
  Runner runner(jobs);
  {
    std::vector<std::future<void>> others;  // each waits for its thread; libc++ has no jthread
    for (std::size_t i = 1; i < std::min(threads, jobs.size()); ++i) {
      others.push_back(std::async(std::launch::async, [&] { runner.work(); }));
    }
    runner.work();
  }
  runner.rethrow();
}

std::vector<std::function<void()>> largest_first(
    std::vector<std::pair<std::uint64_t, std::function<void()>>> jobs) {
  std::stable_sort(jobs.begin(), jobs.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::function<void()>> sorted;
  sorted.reserve(jobs.size());
  for (auto& job : jobs) sorted.push_back(std::move(job.second));
  return sorted;
}

}  // namespace sotto
