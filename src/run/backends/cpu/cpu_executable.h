#pragma once

#include <map>
#include <memory>

#include "run/backends/backend.h"
#include "run/backends/cpu/program.h"

namespace sotto::cpu {

/// A part on the CPU. Where an axis is variable, a program is made for each length that is a
/// multiple of 64 when it is first needed, and kept; a shorter run is padded with zeros up to the
/// next one.
class CpuExecutable : public Executable {
 public:
  explicit CpuExecutable(const ModelPart& part);

  [[nodiscard]] const Signature& signature() const override { return signature_; }
  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override;

 private:
  [[nodiscard]] std::int64_t padded(std::int64_t length) const;
  Program& program_for(std::int64_t padded_length);

  ModelPart part_;
  Signature signature_;
  std::int64_t longest_;  ///< extent of the variable axis; 0 where there is none
  OneDnn onednn_;
  PackedWeights weights_{onednn_};
  Arena arena_;
  std::map<std::int64_t, std::unique_ptr<Program>> programs_;  ///< by padded length
};

}  // namespace sotto::cpu
