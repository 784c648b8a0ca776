#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/graph/graph.h"
#include "run/backends/cpu/arena.h"
#include "run/backends/cpu/prepare/numerics.h"
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
  /// `fused` is what passes/ makes of a graph, and not needed any more afterwards. `bound` has, for
  /// each input in order, where its tensor is bound; null where it is copied in. Throws unsupported
  /// for what only lowering makes.
  Program(const Graph& fused, PackedWeights& weights, const Numerics& numerics,
          std::span<const BoundInput* const> bound);
  /// A graph without bound inputs.
  Program(const Graph& fused, PackedWeights& weights, const Numerics& numerics);

  [[nodiscard]] std::size_t arena_bytes() const { return plan_.bytes; }
  /// Must be called before run(), and again whenever `arena` has moved or another tensor is bound;
  /// the arena has arena_bytes().
  void bind(const Arena& arena);

  /// The dense elements of a graph's input or output, to write before run() and to read after it.
  [[nodiscard]] std::byte* input(std::size_t index) const { return input_addresses_[index]; }
  [[nodiscard]] const std::byte* output(std::size_t index) const {
    return output_addresses_[index];
  }

  /// On as many threads as its numerics said.
  void run(ThreadPool& threads, const Watch& watch = {});

  /// Bytes of weights that a run reads, as they lie packed.
  [[nodiscard]] std::size_t weight_bytes() const { return weight_bytes_; }

  [[nodiscard]] const std::vector<std::unique_ptr<Step>>& steps() const { return steps_; }

 private:
  void plan(const std::vector<std::size_t>& buffer_bytes);
  void run_watched(ThreadPool& threads, const Watch& watch);

  std::vector<std::unique_ptr<Step>> steps_;
  std::vector<Storage> inputs_, outputs_;
  ArenaPlan plan_;
  std::size_t weight_bytes_ = 0;
  std::vector<std::byte*> input_addresses_, output_addresses_;
};

}  // namespace sotto::cpu
