#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/shape.h"
#include "core/bundle/vocabulary_layout.h"
#include "core/graph/graph.h"

namespace sotto {

inline constexpr std::string_view kManifestName = "sotto.json";

/// What a file of a bundle is for; the manifest's `role`.
namespace role {
inline constexpr std::string_view encoder_torchscript = "encoder_torchscript";
inline constexpr std::string_view decoder_torchscript = "decoder_torchscript";
inline constexpr std::string_view decoder_alignment_torchscript = "decoder_alignment_torchscript";
inline constexpr std::string_view encoder_crosskv_torchscript = "encoder_crosskv_torchscript";
inline constexpr std::string_view decoder_step_torchscript = "decoder_step_torchscript";
inline constexpr std::string_view decoder_prefill_torchscript = "decoder_prefill_torchscript";
inline constexpr std::string_view encoder_tflite = "encoder_tflite";
inline constexpr std::string_view decoder_tflite = "decoder_tflite";
inline constexpr std::string_view decoder_alignment_tflite = "decoder_alignment_tflite";
inline constexpr std::string_view encoder_crosskv_tflite = "encoder_crosskv_tflite";
inline constexpr std::string_view decoder_step_tflite = "decoder_step_tflite";
inline constexpr std::string_view decoder_prefill_tflite = "decoder_prefill_tflite";
inline constexpr std::string_view encoder_mtk = "encoder_mtk";  ///< by MediaTek's converter
inline constexpr std::string_view decoder_mtk = "decoder_mtk";
inline constexpr std::string_view position_embedding = "position_embedding";
inline constexpr std::string_view token_embedding = "token_embedding";
inline constexpr std::string_view embedding_info = "embedding_info";
inline constexpr std::string_view metadata = "metadata";
inline constexpr std::string_view vocabulary = "vocabulary";
/// Of a file compiled for a SoC out of one of these roles, and its form, "dla" or "tflite":
/// "decoder_step_tflite@mt8371.dla". So a bundle holds what both compilers made.
[[nodiscard]] std::string compiled(std::string_view role, std::string_view soc,
                                   std::string_view form);
}  // namespace role

/// An input or output of a graph as the manifest records it.
struct PortRecord {
  std::string name;
  Shape shape;
  std::optional<std::int64_t> variable_axis;
  bool operator==(const PortRecord&) const = default;
};

/// One file of a bundle.
struct FileRecord {
  std::string role;
  std::string name;  ///< a plain file name inside the folder
  std::uint64_t bytes = 0;
  std::string sha256;              ///< lower-case hexadecimal
  std::vector<PortRecord> inputs;  ///< of its graph; empty for files that hold none
  std::vector<PortRecord> outputs;
  std::string target{};  ///< the SoC that it is compiled for; empty for files that run anywhere
  std::string tool{};    ///< the vendor's tool that made it, with its version; empty for our own
  bool operator==(const FileRecord&) const = default;
};

/// The manifest, sotto.json: docs/formats/bundle.md.
struct Manifest {
  std::int64_t format_version = 1;
  std::string model_name;  ///< "base": what file names are built from
  /// A LoRA that was merged into the weights.
  struct Adapter {
    std::string folder;         ///< its name, without what it lies in
    std::string file;           ///< "adapter_model.safetensors"
    std::string sha256;         ///< of that file
    std::string config_sha256;  ///< of its adapter_config.json
    bool operator==(const Adapter&) const = default;
  };
  struct Source {
    std::string file;    ///< file name of the checkpoint, without its folder
    std::string format;  ///< "openai", "hugging_face", "ctranslate2", "sotto_bundle"
    std::string sha256;  ///< of the file that holds the weights
    std::optional<Adapter> adapter{};
    bool operator==(const Source&) const = default;
  } source;
  std::vector<std::pair<std::string, std::int64_t>> dims;  ///< WhisperDims by field name
  std::int64_t frames = 0;                                 ///< mel frames of the encoder's window
  /// Where the tokens stand; without it as in the published models of these dims.
  std::optional<VocabularyLayout> vocabulary;
  std::vector<std::pair<std::int64_t, std::int64_t>> alignment_heads;  ///< empty where unknown
  std::vector<FileRecord> files;
  bool operator==(const Manifest&) const = default;
};

/// The format version that this Sotto writes and reads.
inline constexpr std::int64_t kManifestVersion = 1;

/// Reads a manifest out of untrusted text. Throws format with a sentence that names `source` and
/// the field, and unsupported for another format version. Fields that it does not know are passed
/// over. What it gives has plain file names, each once, and roles, each once.
[[nodiscard]] Manifest parse_manifest(std::string_view text, const std::string& source);

/// The manifest as it stands in the file: JSON, two spaces, fields in the order of the struct.
[[nodiscard]] std::string manifest_text(const Manifest& manifest);

/// One dim of a manifest by its name; throws format when it is missing.
[[nodiscard]] std::int64_t dim(const Manifest& manifest, std::string_view name);

/// True for what file names may be built from: 1 to 64 letters, digits, '.', '_' and '-', the first
/// of them a letter or digit.
[[nodiscard]] bool is_model_name(std::string_view name);

/// Inputs and outputs of a graph as the manifest records them.
[[nodiscard]] std::vector<PortRecord> input_records(const Graph& graph);
[[nodiscard]] std::vector<PortRecord> output_records(const Graph& graph);

}  // namespace sotto
