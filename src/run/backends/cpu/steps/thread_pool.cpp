#include "run/backends/cpu/steps/thread_pool.h"

#include <chrono>
#include <system_error>
#if defined(__linux__)
#include <sched.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace sotto::cpu {
namespace {

using Clock = std::chrono::steady_clock;

// Longer than what lies between two steps of a graph, and than choosing a token takes; shorter than
// anybody notices.
constexpr std::chrono::microseconds kSpin{200};
constexpr int kPausesPerLook = 32;
constexpr int kNowhere = -1;

void pause() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Where this thread runs; kNowhere where the system does not tell.
int this_core() {
#if defined(__linux__)
  return ::sched_getcpu();
#else
  return kNowhere;
#endif
}

}  // namespace

bool ThreadPool::shares_a_core(int thread) {
  const int core = this_core();
  std::atomic<int>& mine = cores_[static_cast<std::size_t>(thread)];
  if (mine.load(std::memory_order_relaxed) != core) mine.store(core, std::memory_order_relaxed);
  if (core == kNowhere) return false;
  for (int other = 0; other < count_; ++other) {
    if (other == thread) continue;
    const int its = cores_[static_cast<std::size_t>(other)].load(std::memory_order_relaxed);
    if (its == core) return true;
  }
  return false;
}

// A thread that waits for one on its own core waits for itself, until it leaves the core to it. To
// leave it to others would be worse than waiting: they take it for milliseconds.
template <class Number>
bool ThreadPool::spin_while(const std::atomic<Number>& value, Number old, int thread) {
  Clock::time_point end{};
  for (;;) {
    for (int i = 0; i < kPausesPerLook; ++i) {
      if (value.load(std::memory_order_acquire) != old) return true;
      pause();
    }
    const Clock::time_point now = Clock::now();
    if (end == Clock::time_point{}) end = now + kSpin;
    if (now > end) return false;
    if (shares_a_core(thread)) std::this_thread::yield();
  }
}

namespace {

#if defined(__x86_64__)
constexpr unsigned kFlushBits = 0x8040;  // flush to zero, denormals are zero
#elif defined(__aarch64__)
constexpr std::uint64_t kFlushBits = std::uint64_t{1} << 24;  // FZ
std::uint64_t read_fpcr() {
  std::uint64_t value = 0;
  asm volatile("mrs %0, fpcr" : "=r"(value));
  return value;
}
void write_fpcr(std::uint64_t value) { asm volatile("msr fpcr, %0" ::"r"(value)); }
#endif

}  // namespace

ThreadPool::ThreadPool(int threads) : count_(threads), cores_(static_cast<std::size_t>(threads)) {
  for (std::atomic<int>& core : cores_) core = kNowhere;
}

ThreadPool::~ThreadPool() {
  ends_ = true;
  round_.fetch_add(1);
  round_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

// A system that gives no more threads has its reasons; those there are do all the work.
void ThreadPool::start() {
  try {
    for (int thread = 1; thread < count_; ++thread) {
      workers_.emplace_back([this, thread] { serve(thread); });
    }
  } catch (const std::system_error&) {
    return;
  }
}

void ThreadPool::run(Job job) {
  const std::unique_lock lock(in_use_, std::try_to_lock);
  if (count_ == 1 || !lock.owns_lock()) {
    for (int thread = 0; thread < count_; ++thread) job.call(job.what, thread);
    return;
  }
  if (workers_.empty()) start();
  job_ = job;
  const int workers = static_cast<int>(workers_.size());
  busy_.store(workers, std::memory_order_relaxed);
  round_.fetch_add(1);
  round_.notify_all();
  job.call(job.what, 0);
  for (int missing = workers + 1; missing < count_; ++missing) job.call(job.what, missing);
  for (int busy = busy_.load(std::memory_order_acquire); busy != 0;
       busy = busy_.load(std::memory_order_acquire)) {
    if (!spin_while(busy_, busy, 0)) busy_.wait(busy);
  }
}

void ThreadPool::serve(int thread) {
  const FlushDenormals flush;
  std::uint32_t seen = 0;
  for (;;) {
    if (!spin_while(round_, seen, thread)) round_.wait(seen);
    const std::uint32_t round = round_.load(std::memory_order_acquire);
    if (round == seen) continue;
    seen = round;
    if (ends_) return;
    job_.call(job_.what, thread);
    busy_.fetch_sub(1);
    busy_.notify_one();
  }
}

#if defined(__x86_64__)
FlushDenormals::FlushDenormals() : before_(_mm_getcsr()) {
  _mm_setcsr(static_cast<unsigned>(before_) | kFlushBits);
}
FlushDenormals::~FlushDenormals() { _mm_setcsr(static_cast<unsigned>(before_)); }
#elif defined(__aarch64__)
FlushDenormals::FlushDenormals() : before_(read_fpcr()) { write_fpcr(before_ | kFlushBits); }
FlushDenormals::~FlushDenormals() { write_fpcr(before_); }
#else
FlushDenormals::FlushDenormals() : before_(0) {}
FlushDenormals::~FlushDenormals() = default;
#endif

}  // namespace sotto::cpu
