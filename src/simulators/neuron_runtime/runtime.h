#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "core/base/mapped_file.h"
#include "core/neuron/runtime_abi.h"
#include "simulators/neuron_adapter/objects.h"

namespace sotto::simulator {

/// What a runtime's handle stands for, and the order in which it is used: a DLA is loaded, buffers
/// are set, it runs. Everything throws Refusal.
class Runtime {
 public:
  explicit Runtime(const neuron::runtime::Environment& environment);

  /// A DLA, whose bytes must outlive this.
  void load(std::span<const std::byte> dla);
  void load(const std::filesystem::path& path);

  [[nodiscard]] std::size_t input_count() const;
  [[nodiscard]] std::size_t output_count() const;
  /// Bytes of a buffer: those of the tensor, for this interface pads by itself.
  [[nodiscard]] std::size_t input_size(std::uint64_t index) const;
  [[nodiscard]] std::size_t output_size(std::uint64_t index) const;
  [[nodiscard]] Extents padded_input(std::uint64_t index) const;
  [[nodiscard]] Extents padded_output(std::uint64_t index) const;
  [[nodiscard]] std::size_t padded_input_size(std::uint64_t index) const;
  [[nodiscard]] std::size_t padded_output_size(std::uint64_t index) const;

  /// Where the attribute has a descriptor, its memory is what is read or written.
  void set_input(std::uint64_t index, std::span<const std::byte> buffer,
                 const neuron::runtime::BufferAttribute& attribute);
  void set_output(std::uint64_t index, std::span<std::byte> buffer,
                  const neuron::runtime::BufferAttribute& attribute);
  void set_quality_of_service(const neuron::runtime::QualityOfService& quality) const;
  void infer();

 private:
  [[nodiscard]] const Network& network() const;

  std::shared_ptr<const MappedFile> file_;  ///< where the DLA is a file's
  std::shared_ptr<Compilation> compilation_;
  std::unique_ptr<Execution> execution_;
};

}  // namespace sotto::simulator
