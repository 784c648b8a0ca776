#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sotto {

/// What a back end did between two points in time; the texts live as long as the call that tells of
/// it. Times are of std::chrono::steady_clock.
struct StepRun {
  std::string_view part;            ///< ModelPart::name
  std::string_view name;            ///< the value of the part's graph that it computes
  std::string_view kind;            ///< the operation: "linear", "attention"
  std::string_view implementation;  ///< what computes it, by the back end's own names
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
};

/// What a back end did once to a part's graph before it could run it, or to that of another length;
/// the texts live as long as the call that tells of it.
struct PreparationRun {
  std::string_view part;   ///< ModelPart::name
  std::string_view stage;  ///< a pass over its operations, or "prepare", which makes steps of them
  std::size_t before = 0;  ///< operations
  std::size_t after = 0;   ///< operations, or steps
  double seconds = 0;      ///< of "prepare": packing weights that nobody had packed included
};

/// Is told what the runs of a back end are made of, by those that know (cpu), on the threads that
/// run.
class StepObserver {
 public:
  virtual ~StepObserver() = default;
  StepObserver() = default;
  StepObserver(const StepObserver&) = delete;
  StepObserver& operator=(const StepObserver&) = delete;

  /// Whether it wants to be told of the run that begins; a run that nobody watches is not timed.
  [[nodiscard]] virtual bool is_watching() const = 0;
  virtual void on_step(const StepRun& step) = 0;

  /// Of every preparation, watching or not.
  virtual void on_preparation(const PreparationRun& preparation) { static_cast<void>(preparation); }
};

}  // namespace sotto
