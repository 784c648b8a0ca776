#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/shape.h"
#include "core/neuron/neuron_api.h"

namespace sotto::neuron {

enum class Direction { input, output };

/// An input or output of a compiled network.
struct PortPlace {
  Direction direction;
  std::int32_t index;
  std::string_view name;  ///< for messages
};

/// What a device says of a port's buffer.
struct PortBuffer {
  std::optional<std::size_t> bytes;      ///< absent where the library does not say
  std::vector<std::uint32_t> extents{};  ///< where it is larger than the tensor; 0 behind the last
};

/// Asks NeuronAdapter for the buffer of a port, whose tensor has so many bytes. Throws what
/// Api::check() throws, naming `source`.
[[nodiscard]] PortBuffer port_buffer(const Api& api, CompilationHandle* compilation,
                                     const PortPlace& place, std::size_t bytes,
                                     const std::string& source);

/// The shape of a float32 port as the device wants it: `shape`, or longer along some axes where the
/// device pads. Throws mismatch, naming `source` and the port, where that does not hold the port.
[[nodiscard]] Shape padded_shape(const Shape& shape, const PortBuffer& buffer,
                                 std::string_view name, const std::string& source);

/// Both, one after the other.
[[nodiscard]] Shape padded_port(const Api& api, CompilationHandle* compilation,
                                const PortPlace& place, const Shape& shape,
                                const std::string& source);

/// Of a float32 tensor.
[[nodiscard]] std::size_t bytes_of(const Shape& shape);

}  // namespace sotto::neuron
