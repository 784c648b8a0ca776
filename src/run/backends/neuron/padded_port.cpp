#include "run/backends/neuron/padded_port.h"

#include <algorithm>
#include <array>
#include <functional>

#include "core/base/error.h"

namespace sotto::neuron {
namespace {

constexpr std::size_t kMostAxes = 8;

/// What the device says of a port's extents, aligned with the port's from the last: some versions
/// answer with four axes always.
Shape padded_shape(const Shape& shape, const std::array<std::uint32_t, kMostAxes>& dimensions) {
  Shape padded(shape.size());
  const bool has_four = shape.size() < 4 && dimensions[3] != 0;
  const std::size_t lacking = has_four ? 4 - shape.size() : 0;
  for (std::size_t i = 0; i < shape.size(); ++i) padded[i] = dimensions[lacking + i];
  return padded;
}

std::size_t bytes_of(const Shape& shape) {
  return static_cast<std::size_t>(num_elements(shape)) * sizeof(float);
}

}  // namespace

Shape padded_port(const Api& api, CompilationHandle* compilation, const PortPlace& place,
                  const Shape& shape, const std::string& source) {
  const bool output = place.side == PortSide::output;
  const auto size_of_port =
      output ? api.compilation_output_padded_size : api.compilation_input_padded_size;
  const auto extents_of_port =
      output ? api.compilation_output_padded_dimensions : api.compilation_input_padded_dimensions;
  if (size_of_port == nullptr || extents_of_port == nullptr) return shape;
  std::size_t bytes = 0;
  api.check(
      size_of_port(compilation, place.index, &bytes),
      output ? "NeuronCompilation_getOutputPaddedSize" : "NeuronCompilation_getInputPaddedSize",
      source);
  if (bytes == bytes_of(shape)) return shape;
  std::array<std::uint32_t, kMostAxes> dimensions{};
  api.check(extents_of_port(compilation, place.index, dimensions.data()),
            output ? "NeuronCompilation_getOutputPaddedDimensions"
                   : "NeuronCompilation_getInputPaddedDimensions",
            source);
  Shape padded = padded_shape(shape, dimensions);
  const bool holds = std::equal(shape.begin(), shape.end(), padded.begin(), std::less_equal<>());
  if (!holds || bytes_of(padded) != bytes) {
    fail(ErrorKind::mismatch, source, ": expected ", place.name, " to be float32 of ",
         to_string(shape), ", found ", bytes, " bytes of ", to_string(padded));
  }
  return padded;
}

}  // namespace sotto::neuron
