#include "core/archive/npy_writer.h"

#include <bit>
#include <string>

#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace sotto {

static_assert(std::endian::native == std::endian::little, "the values are written as they lie");

namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kPreamble = 10;  // magic, version, length of the header

/// "(1, 80, 3000)", "(3,)", "()": a tuple as Python writes it.
std::string python_tuple(const Shape& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += concat(i > 0 ? ", " : "", shape[i]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

std::string header(const Shape& shape) {
  std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': ";
  text += python_tuple(shape) + ", }";
  // Spaces and a line break up to a multiple of 64, so that the data can be mapped aligned.
  const std::size_t unpadded = kPreamble + text.size() + 1;
  text.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  text += '\n';
  return text;
}

}  // namespace

void write_npy(const std::filesystem::path& path, const Shape& shape,
               std::span<const float> values) {
  if (num_elements(shape) != static_cast<std::int64_t>(values.size())) {
    fail(ErrorKind::internal, path.string(), ": ", values.size(), " values for the shape ",
         to_string(shape));
  }
  const std::string text = header(shape);
  std::string preamble("\x93NUMPY\x01\x00", 8);
  preamble += static_cast<char>(text.size() & 0xFFU);
  preamble += static_cast<char>(text.size() >> 8U);
  AtomicFile file(path);
  file.write_text(preamble);
  file.write_text(text);
  file.write(std::as_bytes(values));
  file.commit();
}

}  // namespace sotto
