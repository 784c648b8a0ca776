#pragma once

#include <filesystem>

#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// True when the folder has weights under one of Hugging Face's file names.
[[nodiscard]] bool is_hugging_face_folder(const std::filesystem::path& folder);

/// Reads config.json, the weights (model.safetensors or its shards, else pytorch_model.bin or its
/// shards) and, when it is there, generation_config.json: docs/formats/safetensors.md.
[[nodiscard]] Checkpoint read_hugging_face(const std::filesystem::path& folder);

/// The tensors of one file under its own names: safetensors, or else a state dict of PyTorch's.
[[nodiscard]] TensorTable read_weights_file(const std::filesystem::path& path);

/// True for a file that, by its name and the config.json beside it, is a part of such a folder.
[[nodiscard]] bool is_hugging_face_file(const std::filesystem::path& file);

/// The folder around a file, read with the weights of that file: the whole ones, an index and its
/// shards, or the shards of which it is one. config.json stands for the folder. The result's path
/// is not set.
[[nodiscard]] Checkpoint read_hugging_face_file(const std::filesystem::path& file);

/// A safetensors file with a Whisper's weights and nothing beside it that says its dims: they
/// follow from the shapes. The result's path is not set.
[[nodiscard]] Checkpoint read_safetensors(const std::filesystem::path& file);

}  // namespace sotto
