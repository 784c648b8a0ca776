#pragma once

#include <map>
#include <memory>

#include "run/backends/backend.h"
#include "run/backends/cpu/cpu_resources.h"
#include "run/backends/cpu/program.h"

namespace sotto::cpu {

/// A part on the CPU. Where an axis is variable, a program is made for each of the part's frequent
/// lengths, and above them for each multiple of 64, when it is first needed, and kept; a shorter
/// run is padded up to the next one.
class CpuExecutable : public Executable {
 public:
  CpuExecutable(const ModelPart& part, std::shared_ptr<CpuResources> resources);

  [[nodiscard]] const Signature& signature() const override { return signature_; }
  [[nodiscard]] std::int64_t weight_bytes() const override { return weight_bytes_; }
  void bind_input(std::size_t index, Tensor& tensor) override;
  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override;

  /// How many lengths have been prepared.
  [[nodiscard]] std::size_t programs() const { return programs_.size(); }

 private:
  /// `longest` is the part's graph(0), which says its signature.
  CpuExecutable(const ModelPart& part, std::shared_ptr<CpuResources> resources,
                const Graph& longest);
  [[nodiscard]] std::int64_t padded(std::int64_t length) const;
  Program& program_for(std::int64_t padded_length);
  [[nodiscard]] std::unique_ptr<Program> make_program(std::int64_t padded_length) const;
  [[nodiscard]] std::vector<const BoundInput*> bound_inputs() const;
  void check_state() const;
  void bind_programs();

  ModelPart part_;
  Signature signature_;
  std::shared_ptr<CpuResources> resources_;
  std::int64_t longest_;  ///< extent of the variable axis; 0 where there is none
  Numerics numerics_;
  std::int64_t weight_bytes_ = 0;
  Arena arena_;
  std::vector<BoundInput> inputs_;  ///< one an input, at addresses that do not change
  std::vector<bool> bound_;         ///< of each input
  bool moved_ = false;              ///< another tensor was bound since the programs were told
  std::map<std::int64_t, std::unique_ptr<Program>> programs_;  ///< by padded length
};

}  // namespace sotto::cpu
