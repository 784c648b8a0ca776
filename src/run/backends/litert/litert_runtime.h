#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/base/mapped_file.h"
#include "run/backends/litert/litert_api.h"

namespace sotto::litert {

/// The library with one environment in it, quiet but for errors.
class Runtime {
 public:
  explicit Runtime(const LitertFiles& files);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  [[nodiscard]] const Api& api() const { return api_; }
  [[nodiscard]] EnvironmentHandle* environment() const { return environment_; }

 private:
  Api api_;
  EnvironmentHandle* environment_ = nullptr;
};

/// A tensor of a model's signature.
struct FilePort {
  std::string name;
  TensorType type;
};

/// What a graph takes and gives, in LiteRT's order.
struct FilePorts {
  std::vector<FilePort> inputs, outputs;
};

/// A TFLite file, compiled for the CPU. LiteRT works on the mapped bytes, which stay. Threads may
/// run its graphs at once, and then wait for each other.
class CompiledModel {
 public:
  /// `file` has been checked. Throws format with LiteRT's answer, naming the file.
  CompiledModel(std::shared_ptr<const Runtime> runtime, std::shared_ptr<const MappedFile> file,
                int threads);
  ~CompiledModel();
  CompiledModel(const CompiledModel&) = delete;
  CompiledModel& operator=(const CompiledModel&) = delete;

  [[nodiscard]] const std::shared_ptr<const MappedFile>& file() const { return bytes_; }

  /// Makes the graph of a signature, by its place in the file, ready to run. Throws format with
  /// LiteRT's answer.
  [[nodiscard]] FilePorts prepare(std::size_t signature) const;

  /// Runs it. Buffers in the order of its ports.
  void run(std::size_t signature, std::vector<BufferHandle*>& inputs,
           std::vector<BufferHandle*>& outputs) const;

 private:
  void compile(int threads);
  [[nodiscard]] FilePorts read_ports(std::size_t signature) const;
  void release();

  std::shared_ptr<const Runtime> runtime_;
  std::shared_ptr<const MappedFile> bytes_;
  std::string file_;
  ModelHandle* model_ = nullptr;
  CompiledModelHandle* compiled_ = nullptr;
  mutable std::mutex running_;
};

/// Memory of ours as LiteRT sees it: nothing is copied.
class Buffer {
 public:
  Buffer(std::shared_ptr<const Runtime> runtime, const TensorType& type, void* memory,
         std::size_t bytes);
  ~Buffer();
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&&) = delete;

  [[nodiscard]] BufferHandle* handle() const { return handle_; }

 private:
  std::shared_ptr<const Runtime> runtime_;
  BufferHandle* handle_ = nullptr;
};

}  // namespace sotto::litert
