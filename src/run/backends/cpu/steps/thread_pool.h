#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace sotto::cpu {

/// A part of something that is shared out: [first, last).
struct Share {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

/// Threads that run one piece of work after another. Between pieces, which follow each other within
/// microseconds while a graph runs, they spin; when nothing comes for a while they sleep, so that
/// an idle model takes no processor from anybody. Where two of them have one core, because there
/// are more threads than cores or others are at work, who waits leaves it to the other at once.
/// Nothing is known of OpenMP.
///
/// Several callers may use a pool at once: one has its threads, the others work alone, with the
/// same results, for what each thread does depends on its number and not on who it is.
class ThreadPool {
 public:
  /// `threads` at least 1; the caller of run() is one of them. Threads start with the first run();
  /// where the system gives fewer, the caller does the others' work too.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  [[nodiscard]] int threads() const { return count_; }

  /// Calls work(thread) for every thread from 0 to threads() − 1, at once, and returns when all
  /// have returned. `work` does not throw and does not wait for another thread's.
  template <class Work>
  void run(const Work& work) {
    run({[](const void* what, int thread) { (*static_cast<const Work*>(what))(thread); }, &work});
  }

  /// Calls work(share, thread) for parts of [0, count) of about equal size, whose borders are
  /// multiples of `unit`; threads without a share are not called.
  template <class Work>
  void share(std::int64_t count, std::int64_t unit, const Work& work) {
    const std::int64_t units = (count + unit - 1) / unit;
    const auto piece = [&](int thread) {
      const Share part = share_of(units, thread);
      const std::int64_t last = part.last * unit;
      if (part.first < part.last) {
        work(Share{part.first * unit, last < count ? last : count}, thread);
      }
    };
    if (units > 1) {
      run(piece);
    } else if (units == 1) {
      work(Share{0, count}, 0);
    }
  }

 private:
  struct Job {
    void (*call)(const void* what, int thread) = nullptr;
    const void* what = nullptr;
  };

  [[nodiscard]] Share share_of(std::int64_t units, int thread) const {
    return {units * thread / count_, units * (thread + 1) / count_};
  }
  void run(Job job);
  void start();
  void serve(int thread);
  /// Spins until `value` is no longer `old`; false when that took too long.
  template <class Number>
  bool spin_while(const std::atomic<Number>& value, Number old, int thread);
  /// Notes where this thread runs, and says whether another of the pool was last seen there.
  bool shares_a_core(int thread);

  // Workers read what lies beside the round once they have seen it change.
  alignas(64) std::atomic<std::uint32_t> round_ = 0;  ///< of work that was given out
  int count_;
  Job job_;
  std::vector<std::thread> workers_;
  std::vector<std::atomic<int>> cores_;  ///< where each thread was when it last looked for work
  std::mutex in_use_;
  bool ends_ = false;
  alignas(64) std::atomic<int> busy_ = 0;  ///< workers that are not done with it
};

/// While it lives, numbers too small for their format count as zero on this thread: sums of such
/// cost a hundred times as much as others, and mean nothing.
class FlushDenormals {
 public:
  FlushDenormals();
  ~FlushDenormals();
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  std::uint64_t before_;
};

}  // namespace sotto::cpu
