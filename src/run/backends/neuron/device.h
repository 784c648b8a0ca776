#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/tensor.h"
#include "core/neuron/compiled_file.h"
#include "run/backends/backend.h"
#include "run/backends/neuron/padded_port.h"

// What the back end needs of an NPU, whichever of MediaTek's interfaces leads to it.

namespace sotto::neuron {

class Device;
class SharedBlock;

/// How many ports a graph has.
struct PortCounts {
  std::size_t inputs = 0, outputs = 0;
};

/// A compiled graph that a device has loaded, with its inputs and outputs bound to memory, and runs
/// over them. What was bound once stays bound. Ports are numbered in the graph's own order. One
/// thread at a time. Everything throws, naming the file, what the device's library answers.
class LoadedGraph {
 public:
  LoadedGraph(std::shared_ptr<Device> device, CompiledFile file)
      : device_(std::move(device)), file_(std::move(file)) {}
  virtual ~LoadedGraph() = default;
  LoadedGraph(const LoadedGraph&) = delete;
  LoadedGraph& operator=(const LoadedGraph&) = delete;

  [[nodiscard]] const CompiledFile& file() const { return file_; }
  [[nodiscard]] std::string path() const { return file_.file->path().string(); }

  /// What the device says of the buffer of a port whose tensor has so many bytes.
  [[nodiscard]] virtual PortBuffer port_buffer(Direction direction, std::size_t index,
                                               std::size_t bytes) const = 0;

  /// From now on runs read, or write, so many bytes there, which live as long as they are bound.
  virtual void bind_input(std::size_t index, const std::byte* data, std::size_t bytes) = 0;
  virtual void bind_output(std::size_t index, std::byte* data, std::size_t bytes) = 0;
  virtual void compute() = 0;

 protected:
  /// The shared memory at this address, which lives on as long as this object; null where it is the
  /// host's own.
  [[nodiscard]] const SharedBlock* shared_at(const std::byte* address);

 private:
  std::shared_ptr<Device> device_;
  CompiledFile file_;
  std::map<const std::byte*, std::shared_ptr<SharedBlock>> blocks_;
};

/// An NPU behind a library of the vendor's, and the memory that is shared with it. Several threads
/// may use one.
class Device : public std::enable_shared_from_this<Device> {
 public:
  virtual ~Device() = default;
  Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  /// The library and its version: "libneuron_adapter.so 8.2.26".
  [[nodiscard]] virtual std::string title() const = 0;
  /// Whether the library is the simulator's.
  [[nodiscard]] virtual bool is_simulated() const = 0;
  /// The forms of compiled files that it loads, the best first: "neuron", "dla", "tflite".
  [[nodiscard]] virtual std::span<const std::string_view> forms() const = 0;
  [[nodiscard]] virtual std::unique_ptr<LoadedGraph> load(CompiledFile file,
                                                          const PortCounts& ports) = 0;

  /// A tensor in memory that the device reads and writes where it lies; in the host's own where the
  /// library shares none.
  [[nodiscard]] Tensor allocate(DType dtype, const Shape& shape);
  /// The shared memory at this address; null where it is the host's own.
  [[nodiscard]] std::shared_ptr<SharedBlock> block_at(const std::byte* address);

 private:
  /// Makes memory known to the library; false where it does not take it.
  [[nodiscard]] virtual bool import(SharedBlock& block) = 0;

  std::mutex mutex_;
  std::map<const std::byte*, std::weak_ptr<SharedBlock>> blocks_;
};

/// The device behind `library`, which is find_library()'s. Throws unavailable where there is no
/// library, or it lacks a function.
[[nodiscard]] std::shared_ptr<Device> open_device(const std::filesystem::path& library,
                                                  const NpuOptions& options);

}  // namespace sotto::neuron
