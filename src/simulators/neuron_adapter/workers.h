#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "core/base/aligned_memory.h"

namespace sotto::simulator {

/// Threads that share out the tasks of an operation, and memory for each to work in. For one thread
/// at a time.
class Workers {
 public:
  /// What one task does with its number and its thread's own memory. It must not throw.
  using Task = std::function<void(std::size_t, float*)>;

  /// So many threads, of which the caller's is one; the others start when they are needed.
  explicit Workers(std::size_t threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  [[nodiscard]] std::size_t threads() const { return threads_; }

  /// Calls `task` for 0 … count − 1, in any order and with `floats` floats of memory each.
  void run(std::size_t count, std::size_t floats, const Task& task);
  /// The same on the caller's thread alone.
  void run_alone(std::size_t count, std::size_t floats, const Task& task);

 private:
  float* memory_of(std::size_t worker, std::size_t floats);
  void start();
  void wait_for_work(std::size_t worker);
  void take_tasks(std::unique_lock<std::mutex>& lock, std::size_t worker);

  struct Memory {
    AlignedMemory bytes;
    std::size_t floats = 0;
  };
  std::size_t threads_;
  std::vector<Memory> memories_;  ///< of each thread, the caller's first
  std::vector<std::thread> others_;

  std::mutex mutex_;
  std::condition_variable work_, done_;
  const Task* task_ = nullptr;
  std::size_t next_ = 0, count_ = 0, busy_ = 0, round_ = 0;
  bool ends_ = false;
};

}  // namespace sotto::simulator
