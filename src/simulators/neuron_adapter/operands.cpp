#include "simulators/neuron_adapter/operands.h"

#include <cstring>

#include "simulators/neuron_adapter/refusal.h"

namespace sotto::simulator {
namespace {

using namespace neuron;

template <class T>
T read(std::span<const std::byte> bytes) {
  T value;
  if (bytes.size() < sizeof(T)) refuse(kBadData, "a value ends too early");
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

std::string text(std::span<const std::byte> bytes) {
  std::string letters(bytes.size(), '\0');
  std::memcpy(letters.data(), bytes.data(), bytes.size());
  return letters;
}

std::span<const std::byte> part(std::span<const std::byte> bytes, std::size_t first,
                                std::size_t count) {
  if (first > bytes.size() || count > bytes.size() - first) {
    refuse(kBadData, "the name of an extension's operation ends too early");
  }
  return bytes.subspan(first, count);
}

}  // namespace

void Operands::expect(std::size_t count) const {
  if (operation_.inputs.size() != count || operation_.outputs.size() != 1) {
    refuse(kBadData, "expected ", count, " inputs and an output, found ", operation_.inputs.size(),
           " and ", operation_.outputs.size());
  }
}

const Operand& Operands::at(std::size_t place) const {
  if (place >= operation_.inputs.size()) {
    refuse(kBadData, "expected more than ", operation_.inputs.size(), " inputs");
  }
  return model_.operands()[operation_.inputs[place]];
}

const Operand& Operands::result() const { return model_.operands()[operation_.outputs.front()]; }

std::span<const std::byte> Operands::value(std::size_t place, std::int32_t type) const {
  const Operand& operand = at(place);
  if (operand.type != type || !operand.value) {
    refuse(kBadData, "expected input ", place, " to be a value of type ", type, ", found ",
           operand.value ? "one" : "none", " of type ", operand.type);
  }
  return *operand.value;
}

std::int32_t Operands::integer(std::size_t place) const {
  return read<std::int32_t>(value(place, type::int32));
}

bool Operands::boolean(std::size_t place) const {
  return read<std::uint8_t>(value(place, type::boolean)) != 0;
}

float Operands::real(std::size_t place) const { return read<float>(value(place, type::float32)); }

std::vector<std::int32_t> Operands::integers(std::size_t place) const {
  const auto bytes = value(place, type::tensor_int32);
  std::vector<std::int32_t> values(bytes.size() / sizeof(std::int32_t));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(std::int32_t));
  return values;
}

// A length of one byte and "string", a length of four and the name.
std::string Operands::name() const {
  const auto bytes = value(count() - 1, kEncodedOperand);
  const std::size_t kind = read<std::uint8_t>(bytes);
  if (text(part(bytes, 1, kind)) != "string") {
    refuse(kBadData, "expected the name of an extension's operation as a string");
  }
  const auto length = read<std::uint32_t>(part(bytes, 1 + kind, sizeof(std::uint32_t)));
  return text(part(bytes, 1 + kind + sizeof(std::uint32_t), length));
}

}  // namespace sotto::simulator
