#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace sotto {

/// What a file is, as far as Sotto treats it differently from others.
enum class FileKind {
  unknown,
  empty,
  // What one reader of Sotto's or another takes.
  torch_archive,  ///< PyTorch's zip archive of anything but a TorchScript module
  torchscript,
  pickle,  ///< without an archive around it, as before PyTorch 1.6
  safetensors,
  ctranslate2,
  npy,
  tflite,
  json,
  rank_file,  ///< a vocabulary: lines of a token in base64 and its rank
  sound,
  // What none takes.
  foreign_model,   ///< of another runtime, made of a checkpoint that Sotto would take
  compiled,        ///< for one NPU
  unnamed_tflite,  ///< all of a TFLite file but its identifier
  packed,          ///< an archive or compressed file, which may hold anything
  not_fetched,     ///< what stands in a file's place where fetching it failed
  other,
  text,
};

/// A file, or the beginning of one that is read piece by piece.
struct FileSample {
  std::span<const std::byte> bytes;
  std::uint64_t size = 0;  ///< of the whole file: bytes.size() or more
  /// What some formats without a mark of their own are known by.
  std::filesystem::path path = {};
};

struct Recognised {
  FileKind kind = FileKind::unknown;
  std::string_view what;    ///< "a GGUF file of llama.cpp"; empty where unknown
  std::string_view way_on;  ///< what to do instead; empty where that depends on what is wanted
};

/// What the file is, by its first 64 KiB, for a zip archive by its directory, and by its name only
/// where these say nothing. Looks at no other bytes, never fails, and whatever it says promises
/// nothing about the rest of the file.
[[nodiscard]] Recognised recognise(const FileSample& sample);

/// The same for a folder, by the names in it (the first thousand): another runtime's model, or a
/// checkpoint as Hugging Face or CTranslate2 lay it out.
[[nodiscard]] Recognised recognise_folder(const std::filesystem::path& folder);

}  // namespace sotto
