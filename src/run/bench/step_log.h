#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "run/backends/step_observer.h"

namespace sotto {

/// A step that was watched, and in which stage of the work: "encoder", "step, 1 row".
struct StepEvent {
  std::string stage, part, name, kind, implementation;
  std::int64_t begin_ns = 0, end_ns = 0;
};

/// A stage of the preparation of a part, over all lengths that it was prepared for.
struct PreparationSum {
  std::string part, stage;
  std::size_t graphs = 0;             ///< prepared so
  std::size_t before = 0, after = 0;  ///< of the first of them
  double seconds = 0;                 ///< of all
};

/// Keeps the steps of the runs between begin() and end(), and every preparation. For the thread
/// that runs.
class StepLog : public StepObserver {
 public:
  [[nodiscard]] bool is_watching() const override { return is_watching_; }
  void on_step(const StepRun& step) override;
  void on_preparation(const PreparationRun& preparation) override;

  void begin(const std::string& stage);
  void end() { is_watching_ = false; }

  [[nodiscard]] const std::vector<StepEvent>& events() const { return events_; }
  /// In the order in which they were first heard of.
  [[nodiscard]] const std::vector<PreparationSum>& preparations() const { return preparations_; }

 private:
  bool is_watching_ = false;
  std::string stage_;
  std::vector<StepEvent> events_;
  std::vector<PreparationSum> preparations_;
};

/// All steps of one kind, computed in one way, in one stage.
struct StepSum {
  std::string stage, kind, implementation;
  std::size_t count = 0;
  double seconds = 0;
  double share = 0;  ///< of the stage's steps
};

/// The stages in their order, in each the longest first.
[[nodiscard]] std::vector<StepSum> summed(const std::vector<StepEvent>& events);

/// The events in the format of Chrome's tracing (chrome://tracing, Perfetto): an object with
/// traceEvents, a slice a stage and in it a slice a step, times in microseconds from the first.
[[nodiscard]] std::string chrome_trace(const std::vector<StepEvent>& events);

}  // namespace sotto
