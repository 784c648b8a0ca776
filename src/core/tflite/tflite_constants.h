#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "core/base/shape.h"
#include "tflite/schema_generated.h"

namespace sotto {

using TfliteBuffers = flatbuffers::Vector<flatbuffers::Offset<tflite::Buffer>>;

/// A shape for messages, which a hostile file cannot make long.
[[nodiscard]] std::string shown_shape(const Shape& shape);

/// The bytes of a TFLite file's constants, wherever the file keeps them: in the flatbuffer, or
/// behind it.
class TfliteConstants {
 public:
  /// `file` is the whole file, `buffers` the verified list in it (or null), `source` its name.
  TfliteConstants(std::span<const std::byte> file, const TfliteBuffers* buffers,
                  const std::string& source)
      : file_(file), buffers_(buffers), source_(source) {}

  /// The tensor's constant, absent where it has none. Throws format, naming the tensor as `place`,
  /// when the bytes lie outside of the file or are not as many as shape and type say, and
  /// unsupported when they are sparse or in another file.
  [[nodiscard]] std::optional<std::span<const std::byte>> bytes_of(const tflite::Tensor& tensor,
                                                                   const Shape& shape,
                                                                   const std::string& place) const;

 private:
  [[nodiscard]] std::optional<std::span<const std::byte>> buffer(const tflite::Tensor& tensor,
                                                                 const std::string& place) const;
  [[nodiscard]] std::span<const std::byte> behind(const tflite::Buffer& buffer,
                                                  const std::string& place) const;

  std::span<const std::byte> file_;
  const TfliteBuffers* buffers_;
  const std::string& source_;
};

}  // namespace sotto
