#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "run/doctor/graph_probe.h"
#include "run/doctor/library_probe.h"

namespace sotto {

/// A bundle's operations to try.
struct SelfTestQuestion {
  std::filesystem::path bundle, adapter;
  std::uint64_t first = 0;  ///< the case to begin with
  std::uint64_t seed = kSelfTestSeed;
};

/// Told which case comes, and what became of it.
struct SelfTestListener {
  std::function<void(std::uint64_t index)> begin;
  std::function<void(OperationResult result)> end;
};

/// Tries the cases in this process, from `first` on.
void try_operations(const SelfTestQuestion& question, const SelfTestListener& listener);

/// Where the vendor's code is run.
class Probes {
 public:
  virtual ~Probes() = default;
  Probes() = default;
  Probes(const Probes&) = delete;
  Probes& operator=(const Probes&) = delete;

  /// Of each question, in their order.
  [[nodiscard]] virtual std::vector<LibraryFacts> libraries(
      const std::vector<LibraryQuestion>& questions) = 0;
  [[nodiscard]] virtual GraphFacts graph(const GraphQuestion& question) = 0;
  /// All of the bundle's operations. `listener.begin` is called before each.
  virtual void self_test(const SelfTestQuestion& question, const SelfTestListener& listener) = 0;
};

/// In this process.
[[nodiscard]] std::unique_ptr<Probes> probes_in_process();

/// For how long a child may say nothing. A call that stalls for five seconds is known of a device.
struct ChildPatience {
  std::chrono::milliseconds library{15'000};
  std::chrono::milliseconds graph{180'000};
  std::chrono::milliseconds operation{180'000};
};

/// Each in a process of its own, so that one that dies or stands still is an answer. `program` is
/// run with `words`, which get behind them what answer_probe() takes. Where the system starts no
/// child, it is done in this process.
[[nodiscard]] std::unique_ptr<Probes> probes_in_children(std::filesystem::path program,
                                                         std::vector<std::string> words,
                                                         const ChildPatience& patience = {});

/// The child's part: answers the question in `words`, line by line to `say`. Throws usage for what
/// is no question.
void answer_probe(const std::vector<std::string>& words,
                  const std::function<void(const std::string& line)>& say);

}  // namespace sotto
