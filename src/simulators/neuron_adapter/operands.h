#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulators/neuron_adapter/model.h"

namespace sotto::simulator {

/// The operands of one operation, as its kind wants them. Everything throws Refusal: bad data where
/// an operand is not what the kind of operation has there.
class Operands {
 public:
  Operands(const Model& model, const Operation& operation) : model_(model), operation_(operation) {}

  void expect(std::size_t count) const;
  [[nodiscard]] std::size_t count() const { return operation_.inputs.size(); }
  [[nodiscard]] const Operand& at(std::size_t place) const;
  [[nodiscard]] const Extents& extents(std::size_t place) const { return at(place).extents; }
  [[nodiscard]] const Operand& result() const;
  [[nodiscard]] const Extents& output() const { return result().extents; }

  // Values that are known when the model is compiled.
  [[nodiscard]] std::int32_t integer(std::size_t place) const;
  [[nodiscard]] bool boolean(std::size_t place) const;
  [[nodiscard]] float real(std::size_t place) const;
  [[nodiscard]] std::vector<std::int32_t> integers(std::size_t place) const;
  /// The name of an extension's operation, which stands in the last operand.
  [[nodiscard]] std::string name() const;

 private:
  std::span<const std::byte> value(std::size_t place, std::int32_t type) const;

  const Model& model_;
  const Operation& operation_;
};

}  // namespace sotto::simulator
