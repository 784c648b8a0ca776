#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// True when the folder has weights under one of Hugging Face's file names.
[[nodiscard]] bool is_hugging_face_folder(const std::filesystem::path& folder);

/// Reads config.json, the weights (model.safetensors or its shards, else pytorch_model.bin or its
/// shards) and, when it is there, generation_config.json: docs/formats/safetensors.md.
[[nodiscard]] Checkpoint read_hugging_face(const std::filesystem::path& folder);

/// The tensors of one file under its own names: safetensors, or else a state dict of PyTorch's.
[[nodiscard]] TensorTable read_weights_file(const std::filesystem::path& path);

/// "decoder.blocks.3.cross_attn.key.weight" → "model.decoder.layers.3.encoder_attn.k_proj.weight".
[[nodiscard]] std::string hugging_face_name(std::string_view openai_name);

}  // namespace sotto
