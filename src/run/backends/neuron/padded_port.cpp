#include "run/backends/neuron/padded_port.h"

#include <algorithm>
#include <functional>

#include "core/base/error.h"

namespace sotto::neuron {
namespace {

constexpr std::size_t kMostAxes = 8;

/// Extents that are aligned with the port's from the last: some versions answer with four axes
/// always.
Shape aligned(const Shape& shape, const std::vector<std::uint32_t>& extents) {
  Shape padded(shape.size());
  const bool has_four = shape.size() < 4 && extents.size() >= 4 && extents[3] != 0;
  const std::size_t lacking = has_four ? 4 - shape.size() : 0;
  for (std::size_t i = 0; i < shape.size() && lacking + i < extents.size(); ++i) {
    padded[i] = extents[lacking + i];
  }
  return padded;
}

}  // namespace

std::size_t bytes_of(const Shape& shape) {
  return static_cast<std::size_t>(num_elements(shape)) * sizeof(float);
}

PortBuffer port_buffer(const Api& api, CompilationHandle* compilation, const PortPlace& place,
                       std::size_t bytes, const std::string& source) {
  const bool in = place.direction == Direction::input;
  const auto ask_size = in ? api.compilation_input_padded_size : api.compilation_output_padded_size;
  const auto ask_extents =
      in ? api.compilation_input_padded_dimensions : api.compilation_output_padded_dimensions;
  if (ask_size == nullptr || ask_extents == nullptr) return {};
  PortBuffer buffer{std::size_t{0}};
  api.check(ask_size(compilation, place.index, &*buffer.bytes),
            in ? "NeuronCompilation_getInputPaddedSize" : "NeuronCompilation_getOutputPaddedSize",
            source);
  if (*buffer.bytes == bytes) return buffer;
  buffer.extents.resize(kMostAxes);
  api.check(ask_extents(compilation, place.index, buffer.extents.data()),
            in ? "NeuronCompilation_getInputPaddedDimensions"
               : "NeuronCompilation_getOutputPaddedDimensions",
            source);
  return buffer;
}

Shape padded_shape(const Shape& shape, const PortBuffer& buffer, std::string_view name,
                   const std::string& source) {
  if (!buffer.bytes || *buffer.bytes == bytes_of(shape)) return shape;
  Shape padded = aligned(shape, buffer.extents);
  const bool holds = std::equal(shape.begin(), shape.end(), padded.begin(), std::less_equal<>());
  if (!holds || bytes_of(padded) != *buffer.bytes) {
    fail(ErrorKind::mismatch, source, ": expected ", name, " to be float32 of ", to_string(shape),
         ", found ", *buffer.bytes, " bytes of ", to_string(padded));
  }
  return padded;
}

Shape padded_port(const Api& api, CompilationHandle* compilation, const PortPlace& place,
                  const Shape& shape, const std::string& source) {
  return padded_shape(shape, port_buffer(api, compilation, place, bytes_of(shape), source),
                      place.name, source);
}

}  // namespace sotto::neuron
