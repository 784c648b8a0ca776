#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "core/base/tensor.h"

namespace sotto {

/// A TorchScript file loaded by libtorch. The one place that sees libtorch, whose headers take long
/// to compile.
class TorchModule {
 public:
  /// Throws format, naming the file, when libtorch cannot load it.
  explicit TorchModule(std::filesystem::path path);
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
