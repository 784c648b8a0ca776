#include "run/backends/cpu/steps/thread_pool.h"

#include <chrono>
#include <system_error>
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

void pause() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Spins until `value` is no longer `old`; false when that took too long.
template <class Number>
bool spin_while(const std::atomic<Number>& value, Number old) {
  Clock::time_point end{};
  for (;;) {
    for (int i = 0; i < kPausesPerLook; ++i) {
      if (value.load(std::memory_order_acquire) != old) return true;
      pause();
    }
    const Clock::time_point now = Clock::now();
    if (end == Clock::time_point{}) end = now + kSpin;
    if (now > end) return false;
  }
}

#if defined(__x86_64__)
constexpr std::uint64_t kFlushBits = 0x8040;  // flush to zero, denormals are zero
std::uint64_t float_mode() { return _mm_getcsr(); }
void set_float_mode(std::uint64_t mode) { _mm_setcsr(static_cast<unsigned>(mode)); }
#elif defined(__aarch64__)
constexpr std::uint64_t kFlushBits = std::uint64_t{1} << 24;  // FZ
std::uint64_t float_mode() {
  std::uint64_t mode = 0;
  asm volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
void set_float_mode(std::uint64_t mode) { asm volatile("msr fpcr, %0" ::"r"(mode)); }
#else
constexpr std::uint64_t kFlushBits = 0;
std::uint64_t float_mode() { return 0; }
void set_float_mode(std::uint64_t /*mode*/) {}
#endif

}  // namespace

ThreadPool::ThreadPool(int threads)
    : count_(threads), begun_(std::make_unique<Begun[]>(static_cast<std::size_t>(threads))) {}

ThreadPool::~ThreadPool() {
  ends_ = true;
  round_.fetch_add(1);
  round_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

// A system that gives no more threads has its reasons; the caller does what they would have done.
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
  job_.mode = float_mode();
  undone_.store(count_ - 1, std::memory_order_relaxed);
  const std::uint32_t round = round_.fetch_add(1) + 1;
  round_.notify_all();
  job.call(job.what, 0);
  for (int thread = 1; thread < count_; ++thread) do_part(thread, round);
  for (int undone = undone_.load(std::memory_order_acquire); undone != 0;
       undone = undone_.load(std::memory_order_acquire)) {
    if (!spin_while(undone_, undone)) undone_.wait(undone);
  }
}

// Who comes late finds the part begun in this round or a later one, and so never reads a job that
// is over: a round ends when all of its parts are done.
void ThreadPool::do_part(int thread, std::uint32_t round) {
  std::atomic<std::uint32_t>& begun = begun_[static_cast<std::size_t>(thread)].round;
  std::uint32_t before = round - 1;
  if (!begun.compare_exchange_strong(before, round)) return;
  set_float_mode(job_.mode);
  job_.call(job_.what, thread);
  undone_.fetch_sub(1);
  undone_.notify_one();
}

void ThreadPool::serve(int thread) {
  std::uint32_t seen = 0;
  for (;;) {
    if (!spin_while(round_, seen)) round_.wait(seen);
    const std::uint32_t round = round_.load(std::memory_order_acquire);
    if (round == seen) continue;
    seen = round;
    if (ends_) return;
    do_part(thread, round);
  }
}

FlushDenormals::FlushDenormals() : before_(float_mode()) { set_float_mode(before_ | kFlushBits); }
FlushDenormals::~FlushDenormals() { set_float_mode(before_); }

}  // namespace sotto::cpu
