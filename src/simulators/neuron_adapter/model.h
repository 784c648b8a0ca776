#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/neuron/neuron_abi.h"

namespace sotto::simulator {

using Extents = std::vector<std::uint32_t>;

/// "[1, 1500, 512]"
[[nodiscard]] std::string to_string(const Extents& extents);
[[nodiscard]] std::size_t count_elements(const Extents& extents);

struct Operand {
  std::int32_t type = 0;
  Extents extents;
  /// Its value, where it has one: a copy when it is short, else the caller's memory.
  std::optional<std::span<const std::byte>> value;
  std::vector<std::byte> copy;
  /// Of a quantized tensor: one scale, or one for each place along its first axis; empty for
  /// others. Values are (number − zero_point) · scale.
  std::vector<float> scales;
  std::int32_t zero_point = 0;
};

struct Operation {
  std::int32_t type = 0;
  std::vector<std::uint32_t> inputs, outputs;
};

/// Types that the simulator gives to extensions.
inline constexpr std::int32_t kEncodedOperand = 0x10001;
inline constexpr std::int32_t kNetworkOperand = 0x10002;
inline constexpr std::int32_t kGeneralOperation = 0x20001;
inline constexpr std::int32_t kRestoreOperation = 0x20002;

/// A graph in the making, and the rules for making one. Everything throws Refusal.
class Model {
 public:
  void add_operand(const neuron::OperandType& type);
  void set_value(std::int32_t index, const void* buffer, std::size_t length);
  void set_channel_scales(std::int32_t index, const neuron::ChannelParameters& parameters);
  void add_operation(std::int32_t type, std::span<const std::uint32_t> inputs,
                     std::span<const std::uint32_t> outputs);
  void identify(std::span<const std::uint32_t> inputs, std::span<const std::uint32_t> outputs);
  void set_name(std::string_view name);
  void relax(bool allow);
  void finish();

  /// The type of an extension's operands or operation.
  [[nodiscard]] static std::int32_t operand_type(std::string_view domain, std::uint16_t code);
  [[nodiscard]] static std::int32_t operation_type(std::string_view domain, std::uint16_t code);

  [[nodiscard]] bool is_finished() const { return finished_; }
  [[nodiscard]] bool is_relaxed() const { return relaxed_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<Operand>& operands() const { return operands_; }
  [[nodiscard]] const std::vector<Operation>& operations() const { return operations_; }
  [[nodiscard]] const std::vector<std::uint32_t>& inputs() const { return inputs_; }
  [[nodiscard]] const std::vector<std::uint32_t>& outputs() const { return outputs_; }

 private:
  void check_open() const;
  const Operand& operand(std::uint32_t index) const;
  void check_ports() const;
  void check_flow() const;

  std::vector<Operand> operands_;
  std::vector<Operation> operations_;
  std::vector<std::uint32_t> inputs_, outputs_;
  std::string name_ = "a model";
  bool identified_ = false, relaxed_ = false, finished_ = false;
};

}  // namespace sotto::simulator
