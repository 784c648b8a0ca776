// How many threads each back end computes with, as the library that it computes with counts them.
#include <algorithm>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <limits>
#include <link.h>
#include <optional>
#include <sched.h>
#include <string>
#include <vector>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "core/base/error.h"
#include "loaded_part.h"
#include "run/backends/processor_quota.h"
#include "run/backends/registry.h"
#include "run/backends/threads.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

namespace fs = std::filesystem;

#ifdef _OPENMP
int openmp_threads() { return omp_get_max_threads(); }
void set_openmp_threads(int count) { omp_set_num_threads(count); }
#else
// OpenMP comes with libtorch. Without it there is no setting that anybody could take for his.
int openmp_threads() { return 7; }
void set_openmp_threads(int /*count*/) {}
#endif

/// Restores $OMP_NUM_THREADS and OpenMP's own setting.
class Threads : public testing::Test {
 protected:
  void SetUp() override {
    if (const char* value = std::getenv("OMP_NUM_THREADS")) before_ = value;
    ::unsetenv("OMP_NUM_THREADS");
  }
  void TearDown() override {
    ::unsetenv("OMP_NUM_THREADS");
    if (before_) ::setenv("OMP_NUM_THREADS", before_->c_str(), 1);
    set_openmp_threads(openmp_before_);
  }

 private:
  std::optional<std::string> before_;
  int openmp_before_ = openmp_threads();
};

int allowed_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  EXPECT_EQ(::sched_getaffinity(0, sizeof set, &set), 0);
  return CPU_COUNT(&set);
}

/// One product, large enough to be worth several threads.
Graph product_graph(std::int64_t /*length*/) {
  constexpr std::int64_t kSize = 256;
  Graph graph("Part");
  const ValueId x = graph.add_input("x", {1, kSize, kSize});
  const ValueId weight =
      graph.add_constant("weight", own_values({kSize, kSize}, random_values(kSize * kSize, 1)));
  graph.add_output(graph.add("y", op::Linear{x, weight, std::nullopt}));
  return graph;
}

void run_once(LoadedPart& part) {
  std::vector<Tensor> inputs;
  inputs.push_back(random_tensor({1, 256, 256}, 2));
  (void)part.run(inputs);
}

/// A function of a library that is loaded, whoever loaded it and however it hides its names.
template <class Function>
Function* function_in(const char* library, const char* function) {
  struct Search {
    const char* library;
    std::string path;
  } search{library, ""};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        auto& wanted = *static_cast<Search*>(data);
        const fs::path path = info->dlpi_name;
        if (path.filename().string().starts_with(wanted.library)) wanted.path = path;
        return 0;
      },
      &search);
  void* handle =
      search.path.empty() ? nullptr : ::dlopen(search.path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  return handle == nullptr ? nullptr : reinterpret_cast<Function*>(::dlsym(handle, function));
}

/// Threads of this process, whoever made them.
BackendOptions with_threads(int count) {
  BackendOptions options;
  options.threads = count;
  return options;
}

int running_threads() {
  int count = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator("/proc/self/task")) ++count;
  return count;
}

TEST_F(Threads, AreOneAProcessorByDefault) {
  const int processors = allowed_processors();
  EXPECT_EQ(thread_count(), std::min(processors, processor_quota("/").value_or(processors)));
  EXPECT_GE(thread_count(), 1);
}

TEST_F(Threads, AreAsManyAsTheEnvironmentSays) {
  for (const char* value : {"3", " 3 ", "3,2", "3 , 1"}) {
    ::setenv("OMP_NUM_THREADS", value, 1);
    EXPECT_EQ(thread_count(), 3) << value;
  }
  ::unsetenv("OMP_NUM_THREADS");
  const int without = thread_count();
  for (const char* value : {"", ",", "0", "-1", "many", "3x", "99999999999"}) {
    ::setenv("OMP_NUM_THREADS", value, 1);
    EXPECT_EQ(thread_count(), without) << value;
  }
}

TEST_F(Threads, AreAsManyAsChosen) {
  EXPECT_EQ(thread_count(5), 5);
  EXPECT_EQ(thread_count(0), thread_count());
  for (const std::int64_t count : {-1, 1025}) {
    expect_error(ErrorKind::usage, "threads: expected 0 to 1024, found",
                 [&] { (void)thread_count(count); });
  }
}

// Whatever OpenMP, or libtorch through it, thinks: the back end has threads of its own.
TEST_F(Threads, OfCpuAreItsOwn) {
  set_openmp_threads(7);
  for (const int count : {1, 2, 3, 5}) {
    const int before = running_threads();
    LoadedPart part("cpu", product_graph, with_threads(count));
    run_once(part);
    EXPECT_EQ(running_threads() - before, count - 1);
    EXPECT_EQ(openmp_threads(), 7);
  }
}

// libtorch tells OpenMP what it thinks itself when it is first asked.
TEST_F(Threads, OfTorchscriptAreLibtorchs) {
  if (const auto absence = absence_of("torchscript"); !absence.empty()) GTEST_SKIP() << absence;
  for (const int count : {thread_count(), 3, 1}) {
    LoadedPart beside("cpu", product_graph, with_threads(count + 1));
    LoadedPart part("torchscript", product_graph, with_threads(count));
    auto* libtorchs = function_in<int()>("libtorch_cpu.so", "_ZN2at15get_num_threadsEv");
    ASSERT_NE(libtorchs, nullptr);
    run_once(part);
    EXPECT_EQ(libtorchs(), count);
    EXPECT_EQ(openmp_threads(), count);
    run_once(beside);
    EXPECT_EQ(openmp_threads(), count);
  }
}

// LiteRT cannot be asked; but its kernels keep one thread less than they compute with, for the
// caller's is one of them.
TEST_F(Threads, OfLitertAreThoseItStarts) {
  if (const auto absence = absence_of("litert"); !absence.empty()) GTEST_SKIP() << absence;
  LoadedPart single("litert", product_graph, with_threads(1));
  run_once(single);
  for (const int count : {2, 4}) {
    const int before = running_threads();
    LoadedPart part("litert", product_graph, with_threads(count));
    run_once(part);
    EXPECT_EQ(running_threads() - before, count - 1);
  }
}

/// A root folder with the files that the system tells control groups by.
class ProcessorQuota : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(root_ / "proc/self"); }

  void write(const fs::path& path, const std::string& content) {
    const fs::path whole = root_ / path.relative_path();
    fs::create_directories(whole.parent_path());
    write_file(whole, content);
  }

  void write_groups(const std::string& groups, const std::string& mounts) {
    write("/proc/self/cgroup", groups);
    write("/proc/self/mountinfo", mounts);
  }

  /// Version 2 at its usual place, this process being in `group`.
  void write_unified(const std::string& group, const std::string& mounted = "/") {
    write_groups("0::" + group + "\n",
                 "22 1 0:21 / / rw,relatime - ext4 /dev/sda1 rw\n"
                 "30 22 0:26 " +
                     mounted + " /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n");
  }

  /// Version 1, whose tree for processors may be another's too.
  void write_first(const std::string& group, const std::string& mounted = "/") {
    write_groups("5:memory:" + group + "\n4:cpu,cpuacct:" + group + "\n0::/\n",
                 "40 30 0:30 " + mounted +
                     " /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                     "41 30 0:31 " +
                     mounted + " /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n");
  }

  void write_first_limit(const std::string& group, const std::string& quota,
                         const std::string& period = "100000") {
    write("/sys/fs/cgroup/cpu,cpuacct" + group + "/cpu.cfs_quota_us", quota + "\n");
    write("/sys/fs/cgroup/cpu,cpuacct" + group + "/cpu.cfs_period_us", period + "\n");
  }

  [[nodiscard]] std::optional<int> quota() const { return processor_quota(root_.path()); }

 private:
  TempFolder root_;
};

TEST_F(ProcessorQuota, IsNoneWhereNothingIsSaid) {
  EXPECT_EQ(quota(), std::nullopt);
  EXPECT_EQ(processor_quota("/nowhere"), std::nullopt);
  write_unified("/");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(ProcessorQuota, OfVersion2IsRoundedUp) {
  write_unified("/");
  for (const auto& [limit, processors] : {std::pair("100000 100000", 1),
                                          {"150000 100000", 2},
                                          {"200000 100000", 2},
                                          {"1000 100000", 1},
                                          {"200001 100000", 3},
                                          {"400000 50000", 8}}) {
    write("/sys/fs/cgroup/cpu.max", std::string(limit) + "\n");
    EXPECT_EQ(quota(), processors) << limit;
  }
}

TEST_F(ProcessorQuota, OfVersion1IsRoundedUp) {
  write_first("/");
  for (const auto& [limit, processors] : {std::pair("100000", 1), {"150000", 2}, {"20000", 1}}) {
    write_first_limit("", limit);
    EXPECT_EQ(quota(), processors) << limit;
  }
  write_first_limit("", "-1");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(ProcessorQuota, IsTheSmallestOfTheGroupAndThoseAbove) {
  write_unified("/jobs/one");
  write("/sys/fs/cgroup/jobs/one/cpu.max", "max 100000\n");
  EXPECT_EQ(quota(), std::nullopt);
  write("/sys/fs/cgroup/jobs/cpu.max", "300000 100000\n");
  EXPECT_EQ(quota(), 3);
  write("/sys/fs/cgroup/jobs/one/cpu.max", "200000 100000\n");
  EXPECT_EQ(quota(), 2);
  write("/sys/fs/cgroup/jobs/one/cpu.max", "800000 100000\n");
  EXPECT_EQ(quota(), 3);
  write("/sys/fs/cgroup/jobs/two/cpu.max", "100000 100000\n");
  EXPECT_EQ(quota(), 3);
}

// A container sees its own group alone, as the top, whatever the process's list calls it.
TEST_F(ProcessorQuota, OfAContainerLiesAtItsTop) {
  write_unified("/docker/1", "/docker/1");
  write("/sys/fs/cgroup/cpu.max", "200000 100000\n");
  EXPECT_EQ(quota(), 2);
  write_unified("/docker/1/job", "/docker/1");
  write("/sys/fs/cgroup/job/cpu.max", "100000 100000\n");
  EXPECT_EQ(quota(), 1);
  write_unified("/../other", "/");
  EXPECT_EQ(quota(), 2);
  write_unified("/elsewhere", "/docker/1");
  EXPECT_EQ(quota(), 2);
  write_first("/docker/1", "/docker/1");
  write_first_limit("", "300000");
  EXPECT_EQ(quota(), 3);
}

TEST_F(ProcessorQuota, OfBothVersionsIsTheSmaller) {
  write_groups("4:cpu:/\n0::/\n",
               "40 30 0:30 / /one rw - cgroup cgroup rw,cpu\n"
               "41 30 0:31 / /two rw - cgroup2 cgroup2 rw\n");
  write("/one/cpu.cfs_quota_us", "400000\n");
  write("/one/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), 4);
  write("/two/cpu.max", "300000 100000\n");
  EXPECT_EQ(quota(), 3);
}

TEST_F(ProcessorQuota, IsNoneWhereTheFilesMakeNoSense) {
  write_unified("/");
  for (const char* limit :
       {"", "\n", "max", "max 100000", "100000", "100000 0", "0 100000", "-5 100000", "100000 -1",
        "1e5 100000", "100000 max", "x y", "99999999999999999999 1"}) {
    write("/sys/fs/cgroup/cpu.max", limit);
    EXPECT_EQ(quota(), std::nullopt) << limit;
  }
  write("/sys/fs/cgroup/cpu.max", "9223372036854775807 1");
  EXPECT_EQ(quota(), std::numeric_limits<int>::max());
  for (const char* mounts :
       {"", "\n", " - ", " - cgroup2", " - cgroup2 a b", "1 2 3 / - cgroup2 cgroup2 rw",
        "1 2 3 / /sys/fs/cgroup rw - cgroup2"}) {
    write_groups("0::/\n", mounts);
    EXPECT_EQ(quota(), std::nullopt) << mounts;
  }
  for (const char* groups : {"", "::", "0", "0:", "0:cpu", "1:cpu:/", "0::"}) {
    write_unified("/");
    write("/proc/self/cgroup", groups);
    write("/sys/fs/cgroup/cpu.max", "100000 100000");
    EXPECT_EQ(quota(), std::string(groups) == "0::" || std::string(groups) == "::"
                           ? std::optional(1)
                           : std::nullopt)
        << groups;
  }
}

}  // namespace
}  // namespace sotto::test
