#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
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
/// an idle model takes no processor from anybody. Nothing is known of OpenMP. What a thread has not
/// begun when the caller is done with its own part, the caller does too: where others keep the
/// processors busy, nobody waits for a thread that does not get one.
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

  /// Calls work(thread) for every thread number from 0 to threads() − 1, at once, and returns when
  /// all have returned; all compute in the caller's floating-point mode. `work` does not throw and
  /// does not wait for another number's.
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
    std::uint64_t mode = 0;  ///< of the caller's floating-point arithmetic
  };

  [[nodiscard]] Share share_of(std::int64_t units, int thread) const {
    return {units * thread / count_, units * (thread + 1) / count_};
  }
  /// The last round in which the part of a thread's number was begun, by whomever.
  struct alignas(64) Begun {
    std::atomic<std::uint32_t> round = 0;
  };

  void run(Job job);
  void start();
  void serve(int thread);
  void do_part(int thread, std::uint32_t round);

  // Workers read what lies beside the round once they have seen it change.
  alignas(64) std::atomic<std::uint32_t> round_ = 0;  ///< of work that was given out
  int count_;
  std::unique_ptr<Begun[]> begun_;  ///< by number
  Job job_;
  std::vector<std::thread> workers_;
  alignas(64) std::atomic<int> undone_ = 0;  ///< parts of it, but the caller's own
  std::atomic<bool> ends_ = false;           ///< who comes late may look while it changes
  std::mutex in_use_;
};

/// While it lives, numbers too small for their format count as zero on this thread, and on those of
/// a pool that it runs: sums of such cost a hundred times as much as others, and mean nothing.
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
