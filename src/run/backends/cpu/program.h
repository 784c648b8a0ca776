#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/graph/graph.h"
#include "run/backends/cpu/arena.h"
#include "run/backends/cpu/prepare/packed_weights.h"
#include "run/backends/cpu/steps/step.h"
#include "run/backends/step_observer.h"

namespace sotto::cpu {

/// Who is to be told of a run's steps, and of which part they are. Nobody: null.
struct Watch {
  std::string_view part;
  StepObserver* observer = nullptr;
};

/// A graph ready to run: its steps in order and the plan of their memory. Programs that never run
/// at the same time may share one arena; what it holds is lost between runs.
class Program {
 public:
  /// `bound` has, for each input in order, where its tensor is bound; null where it is copied in.
  /// Throws unsupported where oneDNN cannot compute what the graph asks for.
  Program(const Graph& graph, PackedWeights& weights, const OneDnn& onednn,
          std::span<const BoundInput* const> bound);
  /// A graph without bound inputs.
  Program(const Graph& graph, PackedWeights& weights, const OneDnn& onednn);

  [[nodiscard]] std::size_t arena_bytes() const { return plan_.bytes; }
  /// Must be called before run(), and again whenever `arena` has moved or another tensor is bound;
  /// the arena has arena_bytes().
  void bind(const Arena& arena);

  /// The dense elements of a graph's input or output, to write before run() and to read after it.
  [[nodiscard]] float* input(std::size_t index) const { return input_addresses_[index]; }
  [[nodiscard]] const float* output(std::size_t index) const { return output_addresses_[index]; }

  void run(const Watch& watch = {});

  [[nodiscard]] const std::vector<std::unique_ptr<Step>>& steps() const { return steps_; }

 private:
  /// What a step belongs to.
  struct Label {
    std::string name, kind;
  };

  void label_steps(std::size_t count, const Label& label);
  void run_watched(const Watch& watch);
  void plan(const std::vector<std::size_t>& buffer_bytes);

  const OneDnn& onednn_;
  std::vector<std::unique_ptr<Step>> steps_;
  std::vector<Label> labels_;  ///< of each step
  std::vector<Storage> inputs_, outputs_;
  ArenaPlan plan_;
  std::vector<float*> input_addresses_, output_addresses_;
};

}  // namespace sotto::cpu
