#include "run/backends/threads.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <thread>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "core/base/error.h"
#include "run/backends/processor_quota.h"

namespace sotto {
namespace {

constexpr const char* kVariable = "OMP_NUM_THREADS";

/// The first number of OpenMP's list, which has one for each level of nesting.
std::optional<int> number_in_environment() {
  const char* value = std::getenv(kVariable);
  if (value == nullptr) return std::nullopt;
  std::string_view text = value;
  text = text.substr(0, text.find(','));
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  text = text.substr(0, text.find_last_not_of(" \t") + 1);
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number <= 0) return std::nullopt;
  return number;
}

/// The size of sched_getaffinity()'s set; OpenMP knows it even where OMP_PROC_BIND has put this
/// thread on one processor.
int processors_allowed() {
#ifdef _OPENMP
  return std::max(1, omp_get_num_procs());
#else
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
#endif
}

}  // namespace

int thread_count() {
  if (const auto number = number_in_environment()) return *number;
  const int processors = processors_allowed();
  return std::min(processors, processor_quota("/").value_or(processors));
}

int thread_count(std::int64_t wanted) {
  constexpr std::int64_t kMost = 1024;
  if (wanted < 0 || wanted > kMost) {
    fail(ErrorKind::usage, Option{"threads"}, ": expected 0 to ", kMost, ", found ", wanted);
  }
  return wanted == 0 ? thread_count() : static_cast<int>(wanted);
}

}  // namespace sotto
