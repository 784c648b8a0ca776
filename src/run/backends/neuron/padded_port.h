#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/shape.h"
#include "core/neuron/neuron_api.h"

namespace sotto::neuron {

enum class PortSide { input, output };

/// An input or output of a compiled network.
struct PortPlace {
  PortSide side;
  std::int32_t index;
  std::string_view name;  ///< for messages
};

/// The shape of a float32 port as the device wants it: `shape`, or longer along some axes where the
/// device pads. Throws mismatch, naming `source`, where that does not hold the port, and what
/// Api::check() throws.
[[nodiscard]] Shape padded_port(const Api& api, CompilationHandle* compilation,
                                const PortPlace& place, const Shape& shape,
                                const std::string& source);

}  // namespace sotto::neuron
