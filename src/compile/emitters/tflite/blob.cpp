#include "compile/emitters/tflite/blob.h"

#include <algorithm>
#include <span>
#include <vector>

#include "core/base/float16.h"

namespace sotto {
namespace {

constexpr std::int64_t kPiece = 1 << 16;  // elements

bool lies_as_stored(const Blob& blob) {
  return blob.factor == 1.0F && blob.view.dtype == blob.stored && is_dense(blob.view);
}

void write_halves(std::span<const float> values, ByteSink& sink) {
  std::vector<std::uint16_t> halves(values.size());
  std::transform(values.begin(), values.end(), halves.begin(), float32_to_float16);
  sink.write(std::as_bytes(std::span(halves)));
}

}  // namespace

std::uint64_t bytes_of(const Blob& blob) {
  return static_cast<std::uint64_t>(num_elements(blob.view.shape)) * size_of(blob.stored);
}

bool is_same(const Blob& a, const Blob& b) {
  return a.view.data == b.view.data && a.view.dtype == b.view.dtype &&
         a.view.shape == b.view.shape && a.view.strides == b.view.strides && a.factor == b.factor &&
         a.stored == b.stored;
}

void write_blob(const Blob& blob, ByteSink& sink) {
  if (lies_as_stored(blob)) {
    sink.write({blob.view.data, bytes_of(blob)});
    return;
  }
  const std::int64_t count = num_elements(blob.view.shape);
  std::vector<float> piece;
  for (std::int64_t first = 0; first < count; first += kPiece) {
    piece.resize(static_cast<std::size_t>(std::min(kPiece, count - first)));
    read_float32(blob.view, first, piece);
    for (float& value : piece) value *= blob.factor;
    if (blob.stored == DType::float16) {
      write_halves(piece, sink);
    } else {
      sink.write(std::as_bytes(std::span(piece)));
    }
  }
}

}  // namespace sotto
