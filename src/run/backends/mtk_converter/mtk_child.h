#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/child_process.h"
#include "core/base/scratch_file.h"
#include "core/base/tensor.h"
#include "core/tflite/neuron_sdk.h"

namespace sotto {

/// A Python in which MediaTek's mtk_converter.TFLiteExecutor runs TFLite files: one process for all
/// files of a back end. Arrays pass over pipes.
class MtkChild {
 public:
  /// Throws unavailable, with the reason that Python gives, when mtk_converter cannot be imported.
  MtkChild(const MtkPython& python, int threads);
  MtkChild(const MtkChild&) = delete;
  MtkChild& operator=(const MtkChild&) = delete;

  /// Loads a file; gives the number to run it by. Throws format with what the executor says.
  [[nodiscard]] std::uint32_t load(const std::filesystem::path& file);

  /// Runs file number `model` on `inputs`; the results go to `outputs`, in the file's order. Throws
  /// format with what the executor says, or when a result is not of its output's size.
  void run(std::uint32_t model, std::span<const Tensor* const> inputs,
           std::span<Tensor* const> outputs);

 private:
  void send(std::uint32_t number);
  [[nodiscard]] std::uint32_t receive();
  [[nodiscard]] std::string receive_text();
  /// Throws what the child says went wrong, if anything did.
  void expect_success(const std::string& what);
  [[noreturn]] void fail_with_log(const std::string& what);

  ScratchFile log_;  ///< what the child says on its standard error
  std::unique_ptr<ChildProcess> child_;
  std::vector<std::string> files_;
};

}  // namespace sotto
