#pragma once

#include <filesystem>
#include <string>

#include "checkpoint/checkpoint_bytes.h"
#include "model/checkpoint/checkpoint.h"

namespace sotto::test {

/// Expects the checkpoint to hold the model's dims and every tensor of it, bit for bit.
void expect_model(const Checkpoint& checkpoint, const SmallModel& model);

void write_file(const std::filesystem::path& path, const std::string& bytes);
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace sotto::test
