#pragma once

#include <utility>
#include <vector>

#include "run/backends/cpu/steps/onednn.h"
#include "run/backends/cpu/steps/step.h"

namespace sotto::cpu {

/// Runs one oneDNN primitive.
class PrimitiveStep : public Step {
 public:
  /// An execution argument: its DNNL_ARG_…, how it lies, and where.
  struct Argument {
    int id;
    dnnl::memory::desc desc;
    Storage storage;
  };

  PrimitiveStep(const OneDnn& onednn, dnnl::primitive primitive, std::vector<Argument> arguments);

  [[nodiscard]] std::vector<Storage> touched() const override;
  void bind(const AddressOf& address_of) override;
  void run() override;
  [[nodiscard]] std::string implementation() const override;

 private:
  const OneDnn& onednn_;
  dnnl::primitive primitive_;
  std::vector<Argument> arguments_;
  std::vector<dnnl::memory> memories_;
  std::vector<dnnl_exec_arg_t> bound_;
};

}  // namespace sotto::cpu
