#pragma once

#include <filesystem>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "core/base/tensor.h"

namespace sotto::test {

/// What oracle.py recorded of openai/whisper: tests of this fixture skip where it is not there.
class OracleTest : public ::testing::Test {
 protected:
  void SetUp() override;

  /// A place in the recorded data, "tensors/base/mel.npy".
  [[nodiscard]] std::filesystem::path oracle(const std::filesystem::path& name) const {
    return folder_ / name;
  }

 private:
  std::filesystem::path folder_;
};

/// The value of an environment variable, empty where it is not set.
[[nodiscard]] std::string environment(const char* name);

/// True in a build with libtorch, which runs TorchScript files.
[[nodiscard]] bool has_torchscript();
/// Why the litert back end cannot run here; empty where it can.
[[nodiscard]] std::string litert_absence();

[[nodiscard]] nlohmann::json read_json(const std::filesystem::path& path);

/// A float32 `.npy` file as a tensor.
[[nodiscard]] Tensor read_tensor(const std::filesystem::path& path);

/// An int32 `.npy` file's elements.
[[nodiscard]] std::vector<std::int32_t> read_integers(const std::filesystem::path& path);

/// max |found − expected| / max |expected|; infinite where the sizes differ or a value is NaN.
[[nodiscard]] double relative_difference(std::span<const float> found,
                                         std::span<const float> expected);

/// True when two files hold the same bytes.
[[nodiscard]] bool same_bytes(const std::filesystem::path& one, const std::filesystem::path& other);

}  // namespace sotto::test
