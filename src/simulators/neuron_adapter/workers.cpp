#include "simulators/neuron_adapter/workers.h"

#include <system_error>

namespace sotto::simulator {

Workers::Workers(std::size_t threads) : threads_(threads), memories_(threads) {}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  work_.notify_all();
  for (std::thread& other : others_) other.join();
}

float* Workers::memory_of(std::size_t worker, std::size_t floats) {
  Memory& memory = memories_[worker];
  if (memory.floats < floats) {
    memory = {};
    memory = {allocate_aligned(floats * sizeof(float)), floats};
  }
  return reinterpret_cast<float*>(memory.bytes.get());
}

// Where the system gives no more threads, those that there are do the work.
void Workers::start() {
  try {
    while (others_.size() + 1 < threads_) {
      others_.emplace_back([this, worker = others_.size() + 1] { wait_for_work(worker); });
    }
  } catch (const std::system_error&) {
    threads_ = others_.size() + 1;
  }
}

void Workers::wait_for_work(std::size_t worker) {
  std::unique_lock lock(mutex_);
  for (std::size_t seen = 0;;) {
    work_.wait(lock, [&] { return ends_ || round_ != seen; });
    if (ends_) return;
    seen = round_;
    take_tasks(lock, worker);
  }
}

// The memory is looked up each time: another run may have begun, and have made it larger.
void Workers::take_tasks(std::unique_lock<std::mutex>& lock, std::size_t worker) {
  while (next_ < count_) {
    const std::size_t task = next_++;
    auto* memory = reinterpret_cast<float*>(memories_[worker].bytes.get());
    ++busy_;
    lock.unlock();
    (*task_)(task, memory);
    lock.lock();
    --busy_;
  }
  if (busy_ == 0) done_.notify_one();
}

void Workers::run(std::size_t count, std::size_t floats, const Task& task) {
  if (threads_ == 1 || count < 2) return run_alone(count, floats, task);
  start();
  std::unique_lock lock(mutex_);
  for (std::size_t worker = 0; worker < threads_; ++worker) (void)memory_of(worker, floats);
  task_ = &task;
  next_ = 0;
  count_ = count;
  ++round_;
  work_.notify_all();
  take_tasks(lock, 0);
  done_.wait(lock, [&] { return busy_ == 0 && next_ >= count_; });
}

void Workers::run_alone(std::size_t count, std::size_t floats, const Task& task) {
  float* memory = memory_of(0, floats);
  for (std::size_t i = 0; i < count; ++i) task(i, memory);
}

}  // namespace sotto::simulator
