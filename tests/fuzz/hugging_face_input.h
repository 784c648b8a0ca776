#pragma once

#include <array>
#include <string_view>

namespace sotto::test {

/// The files of a folder of Hugging Face's in the order in which an input has them, and what stands
/// between two. The last one may hold anything.
inline constexpr std::array<const char*, 4> kHuggingFaceFiles{
    "config.json", "model.safetensors.index.json", "generation_config.json", "weights.safetensors"};
inline constexpr std::string_view kNextFile = "\n-----\n";

}  // namespace sotto::test
