#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <memory>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "run/backends/cpu/steps/thread_pool.h"

// The threads that the cpu back end computes with.

namespace sotto::cpu {
namespace {

using std::chrono::milliseconds;

// Longer than workers look for work before they sleep.
constexpr milliseconds kAsleep{20};

/// How often each thread was called.
class Calls {
 public:
  explicit Calls(const ThreadPool& pool) : of_thread_(static_cast<std::size_t>(pool.threads())) {}

  void note(int thread) { ++of_thread_.at(static_cast<std::size_t>(thread)); }
  [[nodiscard]] std::vector<int> all() const { return {of_thread_.begin(), of_thread_.end()}; }

 private:
  std::vector<std::atomic<int>> of_thread_;
};

std::vector<int> all_of(const ThreadPool& pool, int times) {
  return std::vector<int>(static_cast<std::size_t>(pool.threads()), times);
}

class ThreadPools : public testing::TestWithParam<int> {
 protected:
  ThreadPool pool_{GetParam()};
};

TEST_P(ThreadPools, CallEveryThreadOnceARun) {
  EXPECT_EQ(pool_.threads(), GetParam());
  for (int run = 0; run < 10; ++run) {
    Calls calls(pool_);
    pool_.run([&](int thread) { calls.note(thread); });
    EXPECT_EQ(calls.all(), all_of(pool_, 1));
  }
}

TEST_P(ThreadPools, ReturnWhenEveryThreadHasReturned) {
  for (int run = 0; run < 5; ++run) {
    Calls calls(pool_);
    pool_.run([&](int thread) {
      std::this_thread::sleep_for(milliseconds(thread));
      calls.note(thread);
    });
    EXPECT_EQ(calls.all(), all_of(pool_, 1));
  }
}

// What a run writes is seen by the next, whoever writes it and whoever reads it then.
TEST_P(ThreadPools, GiveOutThousandsOfRunsInARow) {
  constexpr std::int64_t kRuns = 2000;
  std::vector<std::int64_t> sums(static_cast<std::size_t>(GetParam())), next = sums;
  for (std::int64_t run = 0; run < kRuns; ++run) {
    pool_.run([&](int thread) {
      const auto own = static_cast<std::size_t>(thread);
      next[own] = sums[(own + 1) % sums.size()] + 1;
    });
    std::swap(sums, next);
  }
  EXPECT_EQ(sums, std::vector<std::int64_t>(sums.size(), kRuns));
}

TEST_P(ThreadPools, WakeWhoSleeps) {
  Calls calls(pool_);
  for (int run = 0; run < 5; ++run) {
    pool_.run([&](int thread) { calls.note(thread); });
    std::this_thread::sleep_for(kAsleep);
  }
  EXPECT_EQ(calls.all(), all_of(pool_, 5));
}

/// The shares of one call, in the order of what they cover.
std::vector<Share> shares(ThreadPool& pool, std::int64_t count, std::int64_t unit) {
  std::vector<Share> of_thread(static_cast<std::size_t>(pool.threads()));
  Calls calls(pool);
  pool.share(count, unit, [&](Share share, int thread) {
    calls.note(thread);
    of_thread.at(static_cast<std::size_t>(thread)) = share;
  });
  std::vector<Share> called;
  for (std::size_t thread = 0; thread < of_thread.size(); ++thread) {
    EXPECT_LE(calls.all()[thread], 1);
    if (calls.all()[thread] == 1) called.push_back(of_thread[thread]);
  }
  return called;
}

TEST_P(ThreadPools, ShareOutEverythingOnceInWholeUnits) {
  for (const std::int64_t unit : {1, 6, 64}) {
    for (const std::int64_t count : {0, 1, 5, 6, 7, 63, 64, 65, 128, 150, 1500, 51865}) {
      std::int64_t next = 0;
      for (const Share& share : shares(pool_, count, unit)) {
        EXPECT_EQ(share.first, next) << count << " by " << unit;
        EXPECT_LT(share.first, share.last) << count << " by " << unit;
        EXPECT_EQ(share.first % unit, 0) << count << " by " << unit;
        next = share.last;
      }
      EXPECT_EQ(next, count) << "by " << unit;
    }
  }
}

TEST_P(ThreadPools, ShareOutEvenly) {
  for (const std::int64_t count : {5, 64, 1501}) {
    for (const Share& share : shares(pool_, count, 1)) {
      EXPECT_GE(share.last - share.first, count / GetParam());
      EXPECT_LE(share.last - share.first, count / GetParam() + 1);
    }
  }
}

// One has the threads, the others do all the work themselves; nobody gets another's.
TEST_P(ThreadPools, ServeSeveralCallersAtOnce) {
  constexpr int kCallers = 4, kRuns = 500;
  std::vector<std::unique_ptr<Calls>> calls;
  calls.reserve(kCallers);
  for (int i = 0; i < kCallers; ++i) calls.push_back(std::make_unique<Calls>(pool_));
  std::vector<std::thread> callers;
  callers.reserve(kCallers);
  for (const auto& own : calls) {
    callers.emplace_back([&] {
      for (int run = 0; run < kRuns; ++run) pool_.run([&](int thread) { own->note(thread); });
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const auto& own : calls) EXPECT_EQ(own->all(), all_of(pool_, kRuns));
}

TEST_P(ThreadPools, ShareOutTheSameBesideOthers) {
  std::atomic<bool> done = false;
  std::thread other([&] {
    while (!done) pool_.run([](int) {});
  });
  for (int run = 0; run < 200; ++run) {
    std::vector<std::int64_t> squares(300);
    pool_.share(300, 7, [&](Share share, int) {
      for (std::int64_t i = share.first; i < share.last; ++i) {
        squares[static_cast<std::size_t>(i)] += i * i;
      }
    });
    for (std::int64_t i = 0; i < 300; ++i) ASSERT_EQ(squares[static_cast<std::size_t>(i)], i * i);
  }
  done = true;
  other.join();
}

TEST_P(ThreadPools, EndWhateverTheirThreadsDo) {
  const auto used = [] {
    auto pool = std::make_unique<ThreadPool>(GetParam());
    pool->run([](int) {});
    return pool;
  };
  std::make_unique<ThreadPool>(GetParam()).reset();  // never begun
  for (int i = 0; i < 50; ++i) used().reset();       // looking for work
  auto asleep = used();
  std::this_thread::sleep_for(kAsleep);
  asleep.reset();
}

INSTANTIATE_TEST_SUITE_P(, ThreadPools, testing::Values(1, 2, 5),
                         [](const auto& count) { return concat("of_", count.param); });

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsSanitized = true;
#elif defined(__has_feature)
constexpr bool kIsSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kIsSanitized = false;
#endif

/// Lets this process have no more memory than for a few threads' stacks.
void leave_room_for_few_threads() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t now = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const rlimit limit{now + (rlim_t{40} << 20), now + (rlim_t{40} << 20)};
  if (::setrlimit(RLIMIT_AS, &limit) != 0) ::_exit(1);
}

// In a process of its own, which a limit does not outlive.
TEST(ThreadPoolWithoutThreads, DoesTheirWorkToo) {
  if (kIsSanitized) GTEST_SKIP() << "sanitizers need all addresses that there are";
  const auto run = [] {
    leave_room_for_few_threads();
    ThreadPool pool(200);
    for (int run = 0; run < 3; ++run) {
      Calls calls(pool);
      pool.run([&](int thread) { calls.note(thread); });
      if (calls.all() != all_of(pool, 1)) ::_exit(2);
    }
    ::_exit(0);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(0), "");
}

#if defined(__x86_64__) || defined(__aarch64__)
// The caller may do a worker's part, with its own rounding.
/// Halves of the smallest normal number by every part, some of them on workers.
std::vector<float> halves_by(ThreadPool& pool) {
  std::vector<float> halves(static_cast<std::size_t>(pool.threads()));
  std::vector<char> is_callers(halves.size(), 1);
  volatile float smallest = std::numeric_limits<float>::min();
  const auto caller = std::this_thread::get_id();
  for (int run = 0; run < 500; ++run) {
    pool.run([&](int thread) {
      if (thread == 0) std::this_thread::sleep_for(milliseconds(1));
      const auto own = static_cast<std::size_t>(thread);
      is_callers[own] = std::this_thread::get_id() == caller ? 1 : 0;
      halves[own] = smallest * 0.5F;
    });
    if (std::count(is_callers.begin(), is_callers.end(), 1) == 1) return halves;
  }
  ADD_FAILURE() << "the workers never came";
  return halves;
}

// Packing weights must keep what is small, and running must not pay for it, on the same threads.
TEST(FlushDenormals, HoldsForWorkersAsForTheirCaller) {
  ThreadPool pool(3);
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(halves_by(pool), testing::Each(testing::Gt(0.0F)));
    const FlushDenormals flush;
    EXPECT_THAT(halves_by(pool), testing::Each(0.0F));
  }
}

TEST(FlushDenormals, LastsAsLongAsItLives) {
  volatile float smallest = std::numeric_limits<float>::min();
  volatile float denormal = std::numeric_limits<float>::denorm_min();
  EXPECT_GT(smallest * 0.5F, 0.0F);
  {
    const FlushDenormals flush;
    EXPECT_EQ(smallest * 0.5F, 0.0F);
    EXPECT_EQ(denormal * 2.0F, 0.0F);
    {
      const FlushDenormals again;
      EXPECT_EQ(smallest * 0.5F, 0.0F);
    }
    EXPECT_EQ(smallest * 0.5F, 0.0F);
  }
  EXPECT_GT(smallest * 0.5F, 0.0F);
  EXPECT_GT(denormal * 2.0F, 0.0F);
}
#endif

}  // namespace
}  // namespace sotto::cpu
