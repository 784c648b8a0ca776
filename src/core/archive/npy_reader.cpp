#include "core/archive/npy_reader.h"

#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "core/archive/byte_reader.h"
#include "core/archive/printable.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"

namespace sotto {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMostAxes = 32;  // NumPy's own limit

struct Header {
  std::optional<std::string_view> descr;
  std::optional<bool> fortran_order;
  std::optional<Shape> shape;
};

// Reads the header, the text of a Python dict: {'descr': '<f4', 'fortran_order': False,
// 'shape': (3, 4), } and then spaces.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& source) : rest_(text), source_(source) {}

  Header parse() {
    Header header;
    expect('{');
    while (!accept('}')) {
      read_field(header, quoted());
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_spaces();
    if (!rest_.empty()) refuse();
    return header;
  }

 private:
  void read_field(Header& header, std::string_view key) {
    expect(':');
    if (key == "descr" && !header.descr) {
      header.descr = quoted();
    } else if (key == "fortran_order" && !header.fortran_order) {
      header.fortran_order = truth();
    } else if (key == "shape" && !header.shape) {
      header.shape = shape();
    } else {
      refuse();
    }
  }

  std::string_view quoted() {
    skip_spaces();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) refuse();
    const std::size_t end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos) refuse();
    const std::string_view text = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return text;
  }

  bool truth() {
    skip_spaces();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true},
                                      std::pair<std::string_view, bool>{"False", false}}) {
      if (rest_.starts_with(word)) {
        rest_.remove_prefix(word.size());
        return value;
      }
    }
    refuse();
  }

  Shape shape() {
    Shape extents;
    expect('(');
    while (!accept(')')) {
      if (extents.size() == kMostAxes) refuse();
      extents.push_back(extent());
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return extents;
  }

  std::int64_t extent() {
    skip_spaces();
    std::int64_t value = -1;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc{} || value < 1) refuse();  // nothing that Sotto keeps is empty
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

  void skip_spaces() {
    const std::size_t first = rest_.find_first_not_of(" \n");
    rest_.remove_prefix(first == std::string_view::npos ? rest_.size() : first);
  }

  bool accept(char character) {
    skip_spaces();
    if (rest_.empty() || rest_[0] != character) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char character) {
    if (!accept(character)) refuse();
  }

  [[noreturn]] void refuse() const {
    fail(ErrorKind::format, source_,
         ": expected a header with descr, fortran_order and shape, found it malformed at \"",
         printable(rest_.substr(0, 20)), "\"");
  }

  std::string_view rest_;
  const std::string& source_;
};

Header read_header(ByteReader& reader, const std::string& source) {
  if (reader.remaining() < kMagic.size() ||
      reader.take_text(kMagic.size(), "the signature") != kMagic) {
    fail(ErrorKind::format, source, ": expected a NumPy .npy file, found something else");
  }
  const auto version = reader.take_number<std::uint8_t>("the version");
  reader.take(1, "the version");
  if (version < 1 || version > 3) {
    fail(ErrorKind::unsupported, source, ": expected version 1, 2 or 3 of the .npy format, found ",
         int{version});
  }
  const std::uint32_t size = version == 1 ? reader.take_number<std::uint16_t>("the header's size")
                                          : reader.take_number<std::uint32_t>("the header's size");
  Header header = HeaderParser(reader.take_text(size, "the header"), source).parse();
  if (!header.descr || !header.fortran_order || !header.shape) {
    fail(ErrorKind::format, source,
         ": expected a header with descr, fortran_order and shape, found one without");
  }
  return header;
}

DType dtype_of(std::string_view descr, const std::string& source) {
  constexpr std::array<std::pair<std::string_view, DType>, 4> kTypes{{{"<f4", DType::float32},
                                                                      {"<f2", DType::float16},
                                                                      {"<i4", DType::int32},
                                                                      {"<i8", DType::int64}}};
  for (const auto& type : kTypes) {
    if (type.first == descr) return type.second;
  }
  fail(ErrorKind::unsupported, source,
       ": expected little-endian float32, float16, int32 or int64 (<f4, <f2, <i4, <i8), found ",
       printable(descr));
}

}  // namespace

TensorView parse_npy(std::span<const std::byte> bytes, const std::string& source,
                     std::shared_ptr<const void> owner) {
  ByteReader reader(bytes, source);
  Header header = read_header(reader, source);
  const DType dtype = dtype_of(*header.descr, source);
  // An array of one axis is both; NumPy then writes False, but other writers need not.
  if (*header.fortran_order && header.shape->size() > 1) {
    fail(ErrorKind::unsupported, source, ": expected an array in C order, found Fortran order");
  }
  const auto count = checked_num_elements(*header.shape);
  const std::size_t room = reader.remaining() / size_of(dtype);
  if (!count || static_cast<std::uint64_t>(*count) != room ||
      reader.remaining() % size_of(dtype) != 0) {
    fail(ErrorKind::format, source, ": expected the ", to_string(dtype), " elements of shape ",
         to_string(*header.shape), ", found ", reader.remaining(), " bytes");
  }
  const auto content = reader.take(reader.remaining(), "the elements");
  return dense_view(dtype, std::move(*header.shape), content.data(), std::move(owner));
}

TensorView read_npy(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  return parse_npy(file->bytes(), path.string(), file);
}

}  // namespace sotto
