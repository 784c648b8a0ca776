#include "compile/emitters/npy/npy_writer.h"

#include <algorithm>
#include <string>

#include "core/base/error.h"
#include "core/base/float16.h"

namespace sotto {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kPreambleBytes = 10;
constexpr std::size_t kChunkFloats = 1 << 18;

// A Python tuple, which with one element ends in a comma.
std::string tuple_text(const Shape& shape) {
  std::string list;
  for (const std::int64_t extent : shape) list += concat(list.empty() ? "" : ", ", extent);
  return concat("(", list, shape.size() == 1 ? ",)" : ")");
}

// numpy.lib.format: magic, version 1.0, length of the description, and the description, padded by
// spaces and ended by a newline.
std::string header(const Shape& shape, DType stored) {
  std::string description =
      concat("{'descr': '", stored == DType::float16 ? "<f2" : "<f4",
             "', 'fortran_order': False, 'shape': ", tuple_text(shape), ", }");
  const std::size_t used = (kPreambleBytes + description.size() + 1) % kAlignment;
  description.append((kAlignment - used) % kAlignment, ' ');
  description += '\n';
  const auto size = description.size();
  std::string preamble = "\x93NUMPY";
  preamble += {'\x01', '\x00', static_cast<char>(size & 0xff), static_cast<char>(size >> 8)};
  return preamble + description;
}

}  // namespace

void write_npy(const TensorView& view, ByteSink& sink, DType stored) {
  if (view.dtype == DType::int32 || view.dtype == DType::int64) {
    fail(ErrorKind::unsupported, "expected floats for an .npy file, found ", to_string(view.dtype));
  }
  sink.write_text(header(view.shape, stored));
  const std::int64_t total = num_elements(view.shape);
  std::vector<float> chunk(std::min<std::size_t>(kChunkFloats, static_cast<std::size_t>(total)));
  std::vector<std::uint16_t> halves(stored == DType::float16 ? chunk.size() : 0);
  for (std::int64_t first = 0; first < total; first += kChunkFloats) {
    const auto count = std::min<std::size_t>(chunk.size(), static_cast<std::size_t>(total - first));
    const auto values = std::span(chunk).first(count);
    read_float32(view, first, values);
    if (stored == DType::float16) {
      std::transform(values.begin(), values.end(), halves.begin(), float32_to_float16);
      sink.write(std::as_bytes(std::span(halves).first(count)));
    } else {
      sink.write(std::as_bytes(values));
    }
  }
}

}  // namespace sotto
