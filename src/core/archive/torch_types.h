#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "core/archive/pickle_reader.h"
#include "core/base/dtype.h"

namespace sotto {

/// An element type under the names that PyTorch gives to its storage class and its dtype.
struct TorchType {
  std::string_view storage;   ///< "HalfStorage"
  std::string_view dtype;     ///< "float16"; empty for storages without an element type
  std::size_t width;          ///< bytes of what the storage counts
  std::optional<DType> type;  ///< as a tensor is read: float64 becomes float32, as torch's .float()
};

/// By either name; null for types that no file read here may have.
[[nodiscard]] const TorchType* find_torch_type(std::string_view name);

/// What files of torch.save and torch.jit.save may name: what PyTorch 1.6 to 2.x, saved and saved
/// again, refers to, NumPy's scalars and arrays, and plain containers that trainers put beside the
/// weights.
[[nodiscard]] PickleRules torch_pickle_rules();

}  // namespace sotto
