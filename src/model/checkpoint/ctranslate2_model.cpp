#include "model/checkpoint/ctranslate2_model.h"

#include <array>
#include <bit>
#include <optional>
#include <string_view>
#include <utility>

#include "core/archive/byte_reader.h"
#include "core/archive/printable.h"
#include "core/base/error.h"
#include "model/checkpoint/tensor_names.h"

namespace sotto {
namespace {

constexpr std::uint32_t kVersion = 6;
constexpr std::uint32_t kLatestRevision = 3;
constexpr std::string_view kSpec = "WhisperSpec";
constexpr std::uint8_t kMostAxes = 8;

struct TypeInfo {
  std::string_view name;
  std::size_t width;
  std::optional<DType> dtype;  // what a weight may be
};
// By the format's type number.
constexpr std::array<TypeInfo, 6> kTypes{{{"float32", 4, DType::float32},
                                          {"int8", 1, std::nullopt},
                                          {"int16", 2, std::nullopt},
                                          {"int32", 4, std::nullopt},
                                          {"float16", 2, DType::float16},
                                          {"bfloat16", 2, DType::bfloat16}}};

// The length counts a closing NUL.
std::string take_string(ByteReader& reader, const std::string& source) {
  const auto size = reader.take_number<std::uint16_t>("a name's length");
  const std::string_view text = reader.take_text(size, "a name");
  if (text.empty() || text.back() != '\0') {
    fail(ErrorKind::format, source, ": expected a name that ends with a zero byte at byte ",
         reader.position() - text.size(), ", found another");
  }
  return std::string(text.substr(0, text.size() - 1));
}

void check_header(ByteReader& reader, const std::string& source) {
  const auto version = reader.take_number<std::uint32_t>("the version");
  if (version != kVersion) {
    fail(ErrorKind::unsupported, source, ": expected a CTranslate2 model of binary version ",
         kVersion, ", found ", version);
  }
  const std::string spec = take_string(reader, source);
  const auto revision = reader.take_number<std::uint32_t>("the revision");
  if (spec != kSpec || revision < 1 || revision > kLatestRevision) {
    fail(ErrorKind::unsupported, source, ": expected CTranslate2's ", kSpec, " of revision 1 to ",
         kLatestRevision, ", found ", printable(spec), " of revision ", revision);
  }
}

struct Variable {
  std::string name;
  Shape shape;
  const TypeInfo* type = nullptr;
  std::span<const std::byte> content;
};

Variable take_variable(ByteReader& reader, const std::string& source) {
  Variable variable;
  variable.name = take_string(reader, source);
  const auto rank = reader.take_number<std::uint8_t>("a variable's rank");
  if (rank > kMostAxes) {
    fail(ErrorKind::format, source, ": the variable ", printable(variable.name),
         ": expected at most ", int{kMostAxes}, " axes, found ", int{rank});
  }
  for (std::uint8_t axis = 0; axis < rank; ++axis) {
    variable.shape.push_back(reader.take_number<std::uint32_t>("a variable's shape"));
  }
  const auto type = reader.take_number<std::uint8_t>("a variable's type");
  if (type >= kTypes.size()) {
    fail(ErrorKind::unsupported, source, ": the variable ", printable(variable.name),
         ": expected a type from 0 to ", kTypes.size() - 1, ", found ", int{type});
  }
  variable.type = &kTypes[type];
  const auto bytes = reader.take_number<std::uint32_t>("a variable's size");
  const auto count = checked_num_elements(variable.shape);
  const std::size_t width = variable.type->width;
  if (!count || *count == 0 || static_cast<std::uint64_t>(*count) != bytes / width ||
      bytes % width != 0) {
    fail(ErrorKind::format, source, ": the variable ", printable(variable.name), ": expected the ",
         variable.type->name, " elements of shape ", to_string(variable.shape), ", found ", bytes,
         " bytes");
  }
  variable.content = reader.take(bytes, "a variable's values");
  return variable;
}

// Of the float settings Whisper needs none; they are left out.
std::optional<std::int64_t> setting_of(const Variable& variable) {
  if (variable.type->dtype) return std::nullopt;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < variable.content.size(); ++i) {
    bits |= std::to_integer<std::uint32_t>(variable.content[i]) << (8 * i);
  }
  switch (variable.content.size()) {
    case 1:
      return std::bit_cast<std::int8_t>(static_cast<std::uint8_t>(bits));
    case 2:
      return std::bit_cast<std::int16_t>(static_cast<std::uint16_t>(bits));
    default:
      return std::bit_cast<std::int32_t>(bits);
  }
}

void add_variable(CTranslate2Model& model, Variable variable, const std::string& source,
                  const std::shared_ptr<const void>& owner) {
  if (variable.shape.empty()) {
    const auto setting = setting_of(variable);
    if (setting && !model.settings.emplace(variable.name, *setting).second) {
      fail(ErrorKind::format, source, ": expected variables of different names, found ",
           printable(variable.name), " twice");
    }
    return;
  }
  if (!variable.type->dtype || variable.name.ends_with("_scale")) {
    fail(ErrorKind::unsupported, source,
         ": expected weights in float32, float16 or bfloat16, found quantized ones (",
         printable(variable.name), " in ", variable.type->name,
         "): convert the original model without quantization");
  }
  TensorView view =
      dense_view(*variable.type->dtype, std::move(variable.shape), variable.content.data(), owner);
  add_tensor(model.tensors, std::move(variable.name), std::move(view), source);
}

void take_alias(ByteReader& reader, CTranslate2Model& model, const std::string& source) {
  std::string alias = take_string(reader, source);
  const std::string target = take_string(reader, source);
  if (model.settings.contains(target)) return;
  if (!model.tensors.contains(target)) {
    fail(ErrorKind::format, source, ": expected the alias ", printable(alias),
         " to stand for a variable, found no ", printable(target));
  }
  TensorView view = model.tensors.at(target);
  add_tensor(model.tensors, std::move(alias), std::move(view), source);
}

}  // namespace

CTranslate2Model parse_ctranslate2_model(std::span<const std::byte> bytes,
                                         const std::string& source,
                                         const std::shared_ptr<const void>& owner) {
  ByteReader reader(bytes, source);
  check_header(reader, source);
  CTranslate2Model model;
  const auto variables = reader.take_number<std::uint32_t>("the number of variables");
  for (std::uint32_t i = 0; i < variables; ++i) {
    add_variable(model, take_variable(reader, source), source, owner);
  }
  const auto aliases = reader.take_number<std::uint32_t>("the number of aliases");
  for (std::uint32_t i = 0; i < aliases; ++i) take_alias(reader, model, source);
  if (reader.remaining() != 0) {
    fail(ErrorKind::format, source, ": expected the end of the model after its aliases, found ",
         reader.remaining(), " bytes more");
  }
  return model;
}

}  // namespace sotto
