#include "run/bench/plain_read.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

namespace sotto {
namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kWords = kLine / sizeof(std::uint64_t);

/// Where threads wait for each other without sleeping: to wake one takes as long as to read a
/// megabyte.
class Barrier {
 public:
  explicit Barrier(std::size_t threads) : threads_(threads) {}

  void wait() {
    const std::size_t round = round_.load();
    if (arrived_.fetch_add(1) + 1 == threads_) {
      arrived_.store(0);
      round_.store(round + 1);
      return;
    }
    constexpr int kSpins = 1 << 14;
    for (int spin = 0; round_.load() == round && !opened_.load(); ++spin) {
      if (spin > kSpins) std::this_thread::yield();  // more threads than processors
    }
  }

  /// Nobody waits any more.
  void open() { opened_.store(true); }

 private:
  std::size_t threads_;
  std::atomic<std::size_t> arrived_{0};
  std::atomic<std::size_t> round_{0};
  std::atomic<bool> opened_{false};
};

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

PlainRead::PlainRead(std::size_t bytes, int threads)
    : bytes_((bytes + kLine - 1) / kLine * kLine),
      threads_(static_cast<std::size_t>(threads)),
      memory_(allocate_aligned(bytes_)) {
  std::memset(memory_.get(), 1, bytes_);  // memory that was never written to is a page of zeros
}

std::uint64_t PlainRead::read_part(std::size_t part) const {
  const std::size_t lines = bytes_ / kLine;
  const std::size_t begin = lines * part / threads_, end = lines * (part + 1) / threads_;
  std::array<std::uint64_t, kWords> sums{};
  for (std::size_t line = begin; line < end; ++line) {
    std::array<std::uint64_t, kWords> words;
    std::memcpy(words.data(), memory_.get() + line * kLine, kLine);
    for (std::size_t i = 0; i < kWords; ++i) sums[i] += words[i];
  }
  std::uint64_t sum = 0;
  for (const std::uint64_t one : sums) sum += one;
  return sum;
}

std::vector<double> PlainRead::measure(std::size_t times) {
  Barrier barrier(threads_);
  std::atomic<std::uint64_t> sum{0};
  const auto read = [&](std::size_t part) {
    barrier.wait();
    sum += read_part(part);
    barrier.wait();
  };
  std::vector<std::jthread> helpers;
  try {
    for (std::size_t part = 1; part < threads_; ++part) {
      helpers.emplace_back([&, part] {
        for (std::size_t time = 0; time < times; ++time) read(part);
      });
    }
  } catch (...) {  // there are no more threads to be had
    barrier.open();
    throw;
  }
  std::vector<double> seconds;
  for (std::size_t time = 0; time < times; ++time) {
    const double begin = now();
    read(0);
    if (time > 0) seconds.push_back(now() - begin);
  }
  helpers.clear();
  sum_ = sum;
  return seconds;
}

}  // namespace sotto
