#include "core/tflite/tflite_constants.h"

#include "core/base/error.h"
#include "core/tflite/tflite_model.h"

namespace sotto {

namespace {

constexpr std::int64_t kBitsPerByte = 8;

/// Elements of less than a byte are packed without gaps. Absent where int64 cannot say it.
std::optional<std::uint64_t> bytes_needed(const Shape& shape, int bits) {
  std::int64_t total = 0;
  if (__builtin_mul_overflow(num_elements(shape), bits, &total)) return std::nullopt;
  return static_cast<std::uint64_t>(total / kBitsPerByte + (total % kBitsPerByte != 0 ? 1 : 0));
}

}  // namespace

std::string shown_shape(const Shape& shape) {
  constexpr std::size_t kMostAxes = 8;
  return shape.size() > kMostAxes ? concat("of ", shape.size(), " axes") : to_string(shape);
}

std::span<const std::byte> TfliteConstants::behind(const tflite::Buffer& buffer,
                                                   const std::string& place) const {
  if (buffer.offset() > file_.size() || buffer.size() > file_.size() - buffer.offset()) {
    fail(ErrorKind::format, source_, ": no valid TFLite file: the ", buffer.size(), " bytes of ",
         place, " at ", buffer.offset(), " lie outside of a file of ", file_.size(), " bytes");
  }
  return file_.subspan(buffer.offset(), buffer.size());
}

std::optional<std::span<const std::byte>> TfliteConstants::buffer(const tflite::Tensor& tensor,
                                                                  const std::string& place) const {
  const std::uint32_t index = tensor.buffer();
  if (index == 0) return std::nullopt;
  const std::size_t count = buffers_ == nullptr ? 0 : buffers_->size();
  if (index >= count) {
    fail(ErrorKind::format, source_, ": no valid TFLite file: ", place, " refers to buffer ", index,
         " of ", count);
  }
  const tflite::Buffer& buffer = *buffers_->Get(index);
  if (buffer.data() != nullptr && buffer.data()->size() > 0) {
    return std::as_bytes(std::span(buffer.data()->data(), buffer.data()->size()));
  }
  // Offsets 0 and 1 are the format's way to say that nothing lies behind.
  if (buffer.offset() > 1 && buffer.size() > 0) return behind(buffer, place);
  return std::nullopt;
}

std::optional<std::span<const std::byte>> TfliteConstants::bytes_of(
    const tflite::Tensor& tensor, const Shape& shape, const std::string& place) const {
  if (tensor.external_buffer() != 0) {
    fail(ErrorKind::unsupported, source_, ": ", place,
         " has its values in another file, expected all of them in this one");
  }
  const auto constant = buffer(tensor, place);
  const int bits = bits_of(tensor.type());
  if (!constant || bits == 0) return constant;
  if (tensor.sparsity() != nullptr) {
    fail(ErrorKind::unsupported, source_, ": ", place,
         " is stored sparse, expected a dense constant");
  }
  const auto needed = bytes_needed(shape, bits);
  if (!needed || constant->size() != *needed) {
    fail(ErrorKind::format, source_, ": no valid TFLite file: ", place, " is a constant of ",
         constant->size(), " bytes, expected those of ", to_string(tensor.type()), " ",
         shown_shape(shape));
  }
  return constant;
}

}  // namespace sotto
