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
  /// Of these bytes and no others, whatever becomes of the file at their path. Throws format,
  /// naming it, when libtorch cannot load them.
  /// `threads`, at least 1, is what it computes with.
  TorchModule(const std::shared_ptr<const MappedFile>& file, int threads);
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
  int threads_;
  std::unique_ptr<State> state_;
};

}  // namespace sotto
