#pragma once

#include <map>
#include <vector>

#include "core/base/aligned_memory.h"
#include "core/base/tensor.h"
#include "run/backends/cpu/steps/onednn.h"

namespace sotto::cpu {

/// The only float32 copy of a part's constants, each in the layout that its primitive reads. Graphs
/// of several lengths share it: the same elements in the same layout are packed once.
class PackedWeights {
 public:
  explicit PackedWeights(const OneDnn& onednn) : onednn_(onednn) {}

  /// A constant as a dense row-major tensor.
  [[nodiscard]] const float* dense(const TensorView& view);

  /// A constant of two or three axes in a layout that a primitive chose. Its memory lives as long
  /// as this object.
  [[nodiscard]] const float* packed(const TensorView& view, const dnnl::memory::desc& layout);

  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    TensorView view;  ///< keeps its bytes, so that nothing else comes to lie at their address
    AlignedMemory bytes;
    dnnl::memory memory;  ///< over these bytes
  };
  void fill(const TensorView& view, dnnl::memory& memory) const;

  const OneDnn& onednn_;
  std::multimap<const std::byte*, Entry> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace sotto::cpu
