#pragma once

#include <cstdint>

#include "run/backends/cpu/steps/step.h"

namespace sotto::cpu {

/// How keys or values of windows of audio are kept: window after window, of each head after head
/// [places, width], so that attention reads a head's in one stream.
struct KeptWindow {
  std::int64_t heads = 1;
  std::int64_t places = 1;  ///< of audio
  std::int64_t width = 1;   ///< of a head
  [[nodiscard]] std::int64_t head_elements() const { return places * width; }
  [[nodiscard]] std::int64_t elements() const { return heads * head_elements(); }
};

struct KeepRowsOperands {
  Operand rows;                       ///< [A, D], stride 1 along D
  const BoundInput* cache = nullptr;  ///< windows in the form of KeptWindow
  Operand window;                     ///< int32 [1]
  Operand output;                     ///< [1]
};

/// op::KeepRows.
class KeepRowsStep : public Step {
 public:
  KeepRowsStep(KeepRowsOperands operands, const KeptWindow& form);

  [[nodiscard]] std::vector<Storage> touched() const override;
  void bind(const AddressOf& address_of) override;
  /// Throws mismatch for a window that the cache does not have.
  void run() override;
  [[nodiscard]] std::string implementation() const override { return "heads"; }

 private:
  struct Addresses {
    const float* rows;
    const std::int32_t* window;
    float* output;
  };

  KeepRowsOperands operands_;
  KeptWindow form_;
  int threads_;
  Addresses addresses_{};
};

/// Throws mismatch unless a cache of so many elements has this window.
void check_window(const KeptWindow& form, std::int64_t elements, std::int64_t window);

}  // namespace sotto::cpu
