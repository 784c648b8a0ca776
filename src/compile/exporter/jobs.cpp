#include "compile/exporter/jobs.h"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

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

void run_jobs(const std::vector<std::function<void()>>& jobs) {
  Runner runner(jobs);
  std::thread second([&] { runner.work(); });
  runner.work();
  second.join();
  runner.rethrow();
}

}  // namespace sotto
