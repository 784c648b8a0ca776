#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "core/base/mapped_file.h"
#include "core/base/tensor.h"

namespace sotto {

/// A TorchScript file loaded by libtorch, which runs whatever code is in it. The one place that
/// sees libtorch, whose headers take long to compile.
class TorchModule {
 public:
  /// How many threads libtorch computes with from now on. By itself it takes what its own count of
  /// processors says, one on some machines, and tells OpenMP so for everybody.
  static void use_threads(int count);

  /// Of these bytes and no others, whatever becomes of the file at their path. Throws format,
  /// naming it, when libtorch cannot load them.
  explicit TorchModule(const std::shared_ptr<const MappedFile>& file);
  ~TorchModule();
  TorchModule(const TorchModule&) = delete;
  TorchModule& operator=(const TorchModule&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Throws mismatch, naming the file, unless forward() takes that many tensors and nothing else.
  void check_inputs(std::size_t count) const;

  /// Calls forward() and copies what it returns (a tensor, or a tuple of as many as `outputs`).
  /// Throws mismatch, naming the file, when a result is not float32 of its output's shape, and
  /// format when the code in the file fails.
  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs);

 private:
  struct State;
  std::filesystem::path path_;
  std::unique_ptr<State> state_;
};

}  // namespace sotto
