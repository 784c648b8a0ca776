#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/base/tensor.h"
#include "core/neuron/compiled_file.h"
#include "core/neuron/neuron_api.h"
#include "run/backends/backend.h"

namespace sotto::neuron {

class SharedBlock;

/// The library, and the memory that is shared with the device. Several threads may use one.
class Runtime : public std::enable_shared_from_this<Runtime> {
 public:
  /// Throws unavailable as load_api() does.
  Runtime(const std::filesystem::path& library, const NpuOptions& options)
      : api_(load_api(library)), options_(options) {}

  [[nodiscard]] const Api& api() const { return api_; }
  [[nodiscard]] const NpuOptions& options() const { return options_; }

  /// A tensor in memory that the device reads and writes where it lies; in the host's own where the
  /// library shares none.
  [[nodiscard]] Tensor allocate(DType dtype, const Shape& shape);

  /// The shared memory at this address; null where it is the host's own.
  [[nodiscard]] std::shared_ptr<SharedBlock> block_at(const std::byte* address);

 private:
  Api api_;
  NpuOptions options_;
  std::mutex mutex_;
  std::map<const std::byte*, std::weak_ptr<SharedBlock>> blocks_;
};

/// A loaded network, ready for executions.
class LoadedNetwork {
 public:
  /// Throws format, naming the file, where the runtime refuses it.
  LoadedNetwork(std::shared_ptr<Runtime> runtime, CompiledFile file, std::size_t inputs,
                std::size_t outputs);
  ~LoadedNetwork();
  LoadedNetwork(const LoadedNetwork&) = delete;
  LoadedNetwork& operator=(const LoadedNetwork&) = delete;

  [[nodiscard]] const CompiledFile& file() const { return file_; }
  [[nodiscard]] std::string path() const { return file_.file->path().string(); }
  [[nodiscard]] Runtime& runtime() const { return *runtime_; }
  [[nodiscard]] CompilationHandle* compilation() const { return compilation_; }

 private:
  void check_version() const;
  [[nodiscard]] Result restore();
  void load_dla(std::size_t inputs, std::size_t outputs);
  void release();

  std::shared_ptr<Runtime> runtime_;
  CompiledFile file_;
  ModelHandle* model_ = nullptr;
  CompilationHandle* compilation_ = nullptr;
};

/// Inputs and outputs bound to memory, and runs over them. What was bound once stays.
class Execution {
 public:
  explicit Execution(std::shared_ptr<const LoadedNetwork> network);
  ~Execution();
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  void bind_input(std::size_t index, const std::byte* data, std::size_t bytes);
  void bind_output(std::size_t index, std::byte* data, std::size_t bytes);
  void compute();

 private:
  std::shared_ptr<const LoadedNetwork> network_;
  ExecutionHandle* execution_ = nullptr;
  /// Shared memory must outlive the execution that it was once bound to.
  std::map<const std::byte*, std::shared_ptr<SharedBlock>> blocks_;
};

}  // namespace sotto::neuron
