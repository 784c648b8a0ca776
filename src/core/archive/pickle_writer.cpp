#include "core/archive/pickle_writer.h"

#include <limits>
#include <utility>

#include "core/base/error.h"

namespace sotto {
namespace {

// Opcodes of Lib/pickletools.py, under its names.
constexpr char kProto = '\x80';
constexpr char kStop = '.';
constexpr char kNone = 'N';
constexpr char kNewTrue = '\x88';
constexpr char kNewFalse = '\x89';
constexpr char kBinInt1 = 'K';
constexpr char kBinInt2 = 'M';
constexpr char kBinInt = 'J';
constexpr char kLong1 = '\x8a';
constexpr char kBinUnicode = 'X';
constexpr char kGlobal = 'c';
constexpr char kMark = '(';
constexpr char kTuple = 't';
constexpr char kEmptyTuple = ')';
constexpr char kEmptyDict = '}';
constexpr char kSetItems = 'u';
constexpr char kReduce = 'R';
constexpr char kNewObj = '\x81';
constexpr char kBuild = 'b';
constexpr char kBinPersId = 'Q';

constexpr char kProtocol = 2;

std::string_view storage_class(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return "FloatStorage";
    case DType::float16:
      return "HalfStorage";
    case DType::bfloat16:
      return "BFloat16Storage";
    case DType::int32:
      return "IntStorage";
    case DType::int64:
      return "LongStorage";
  }
  fail(ErrorKind::internal, "a dtype without a PyTorch storage class");
}

}  // namespace

PickleWriter::PickleWriter() { opcode(kProto).opcode(kProtocol); }

PickleWriter& PickleWriter::opcode(char code) {
  bytes_ += code;
  return *this;
}

void PickleWriter::little_endian(std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) bytes_ += static_cast<char>((value >> (8 * i)) & 0xff);
}

PickleWriter& PickleWriter::none() { return opcode(kNone); }

PickleWriter& PickleWriter::boolean(bool value) { return opcode(value ? kNewTrue : kNewFalse); }

PickleWriter& PickleWriter::integer(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  if (value >= 0 && value <= std::numeric_limits<std::uint8_t>::max()) {
    opcode(kBinInt1);
    little_endian(bits, 1);
  } else if (value >= 0 && value <= std::numeric_limits<std::uint16_t>::max()) {
    opcode(kBinInt2);
    little_endian(bits, 2);
  } else if (std::in_range<std::int32_t>(value)) {
    opcode(kBinInt);
    little_endian(bits, 4);
  } else {
    opcode(kLong1);
    little_endian(8, 1);
    little_endian(bits, 8);
  }
  return *this;
}

PickleWriter& PickleWriter::text(std::string_view value) {
  opcode(kBinUnicode);
  little_endian(value.size(), 4);
  bytes_ += value;
  return *this;
}

PickleWriter& PickleWriter::global(std::string_view module, std::string_view name) {
  opcode(kGlobal);
  bytes_.append(module).append("\n").append(name).append("\n");
  return *this;
}

PickleWriter& PickleWriter::mark() { return opcode(kMark); }
PickleWriter& PickleWriter::tuple() { return opcode(kTuple); }
PickleWriter& PickleWriter::empty_tuple() { return opcode(kEmptyTuple); }
PickleWriter& PickleWriter::empty_dict() { return opcode(kEmptyDict); }
PickleWriter& PickleWriter::set_items() { return opcode(kSetItems); }
PickleWriter& PickleWriter::reduce() { return opcode(kReduce); }
PickleWriter& PickleWriter::new_object() { return opcode(kNewObj); }
PickleWriter& PickleWriter::build() { return opcode(kBuild); }
PickleWriter& PickleWriter::persistent_id() { return opcode(kBinPersId); }

PickleWriter& PickleWriter::integers(const Shape& values) {
  mark();
  for (const std::int64_t value : values) integer(value);
  return tuple();
}

// torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks)
PickleWriter& PickleWriter::tensor(DType dtype, const Shape& shape, std::string_view key) {
  global("torch._utils", "_rebuild_tensor_v2").mark();
  mark().text("storage").global("torch", storage_class(dtype)).text(key).text("cpu");
  integer(num_elements(shape)).tuple().persistent_id();
  integer(0).integers(shape).integers(row_major_strides(shape)).boolean(false);
  global("collections", "OrderedDict").empty_tuple().reduce();
  return tuple().reduce();
}

std::string PickleWriter::finish() {
  opcode(kStop);
  return std::move(bytes_);
}

}  // namespace sotto
