#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "simulators/neuron_adapter/interpreter.h"
#include "simulators/neuron_adapter/model.h"
#include "simulators/neuron_adapter/network.h"

// What the library's handles stand for, and the rules of their lives.

namespace sotto::simulator {

/// A model on its way to a network, or a network that was restored.
class Compilation {
 public:
  /// Of a finished model. A model that restores a network is one operation that has its bytes.
  explicit Compilation(std::shared_ptr<const Model> model);
  /// Of stored bytes, which must outlive it.
  explicit Compilation(std::span<const std::byte> stored);

  [[nodiscard]] std::vector<bool> supported() const;
  void check_open(const char* what) const;
  void finish();

  [[nodiscard]] std::size_t network_size();
  void store_network(std::span<std::byte> buffer);

  [[nodiscard]] const std::shared_ptr<const Network>& network() const;
  /// Extents of an input or output as buffers have them.
  [[nodiscard]] Extents padded_input(std::int32_t index) const;
  [[nodiscard]] Extents padded_output(std::int32_t index) const;
  /// Bytes of such a buffer.
  [[nodiscard]] std::size_t input_bytes(std::int32_t index) const;
  [[nodiscard]] std::size_t output_bytes(std::int32_t index) const;
  /// An execution is made, after which nothing is stored.
  void begin_execution() { executed_ = true; }

 private:
  void check_storable() const;
  const NetworkTensor& port(const std::vector<std::uint32_t>& ports, std::int32_t index) const;

  std::shared_ptr<const Model> model_;  ///< null for a restored network
  std::shared_ptr<const Network> network_;
  std::vector<std::byte> stored_;
  bool executed_ = false;
};

/// Memory that is shared with the device: a descriptor's, mapped.
class Memory {
 public:
  Memory(std::size_t size, int protection, int descriptor, std::size_t offset);
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  /// Throws Refusal where the range leaves the memory.
  [[nodiscard]] std::byte* range(std::size_t offset, std::size_t length) const;
  /// Lets go of the pages of a range until it is touched again: what is in it stays with the
  /// descriptor.
  void leave(std::byte* first, std::size_t length) const;

 private:
  void* address_ = nullptr;
  std::size_t mapped_ = 0, size_ = 0, skipped_ = 0;
};

/// One set of bound buffers, and the run over them.
class Execution {
 public:
  /// Whether buffers are as the device pads them, or as their tensors.
  enum class Buffers { padded, dense };
  explicit Execution(std::shared_ptr<Compilation> compilation, Buffers buffers = Buffers::padded);

  /// Bytes that a buffer must have.
  [[nodiscard]] std::size_t input_bytes(std::int32_t index) const;
  [[nodiscard]] std::size_t output_bytes(std::int32_t index) const;

  /// A buffer of the caller's, which is copied at every run.
  void set_input(std::int32_t index, const void* buffer, std::size_t length);
  void set_output(std::int32_t index, void* buffer, std::size_t length);
  /// Memory that the device reads and writes where it lies.
  void set_input(std::int32_t index, std::shared_ptr<const Memory> memory, std::size_t offset,
                 std::size_t length);
  void set_output(std::int32_t index, std::shared_ptr<const Memory> memory, std::size_t offset,
                  std::size_t length);
  void set_boost(std::uint8_t boost) const;
  void compute();

 private:
  struct Port {
    std::shared_ptr<const Memory> memory;  ///< null for a buffer of the caller's
    std::byte* data = nullptr;
    std::size_t row = 0,
                padded_row = 0;  ///< elements of the last axis, in the tensor and the buffer
    std::size_t bytes = 0;       ///< that the buffer must have
    bool is_int8 = false;
    std::vector<float> numbers;  ///< of int8, as the network reads and writes them

    [[nodiscard]] float* floats();
  };
  static const Port& port(const std::vector<Port>& ports, std::int32_t index);
  static void bind(std::vector<Port>& ports, std::int32_t index, std::byte* data,
                   std::size_t length, std::shared_ptr<const Memory> memory);
  [[nodiscard]] Port describe(std::uint32_t tensor, const Extents& padded) const;
  void widen_inputs();
  void narrow_outputs() const;
  /// Throws Refusal where one of them is not set; `kind` is what it calls them.
  static std::vector<FloatRows> rows_of(std::vector<Port>& ports, const char* kind);

  std::shared_ptr<Compilation> compilation_;
  std::shared_ptr<const Network> network_;
  Interpreter interpreter_;
  std::vector<Port> inputs_, outputs_;
};

}  // namespace sotto::simulator
