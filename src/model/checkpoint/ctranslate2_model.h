#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>

#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// The variables of a CTranslate2 model.bin under its own names.
struct CTranslate2Model {
  TensorTable tensors;
  std::unordered_map<std::string, std::int64_t> settings;  ///< variables without axes
};

/// Reads the container: its header, variables and aliases. Throws format, or unsupported for
/// another version, another kind of model or quantized weights, naming `source` and the variable.
[[nodiscard]] CTranslate2Model parse_ctranslate2_model(std::span<const std::byte> bytes,
                                                       const std::string& source,
                                                       const std::shared_ptr<const void>& owner);

}  // namespace sotto
