#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/bundle/vocabulary_layout.h"
#include "core/graph/signature.h"

namespace sotto {

inline constexpr std::string_view kManifestName = "sotto.json";

/// What a file of a bundle is for; the manifest's `role`. Those of graphs' files are in
/// graph_table.h.
namespace role {
inline constexpr std::string_view position_embedding = "position_embedding";
inline constexpr std::string_view token_embedding = "token_embedding";
inline constexpr std::string_view embedding_info = "embedding_info";
inline constexpr std::string_view metadata = "metadata";
inline constexpr std::string_view vocabulary = "vocabulary";
}  // namespace role

/// One file of a bundle.
struct FileRecord {
  std::string role;
  std::string name;  ///< a plain file name inside the folder
  std::uint64_t bytes = 0;
  std::string sha256;     ///< lower-case hexadecimal
  Signature signature{};  ///< of its graph; empty for files that hold none
  std::string target{};   ///< the SoC that it is compiled for; empty for files that run anywhere
  std::string tool{};     ///< the vendor's tool that made it, with its version; empty for our own
  /// By what name its graph is called in a file that holds several, which are files of one name,
  /// size and hash; empty where it is the only one.
  std::string signature_key{};
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
/// over. What it gives has plain file names, each once but for graphs of one file, and roles, each
/// once.
[[nodiscard]] Manifest parse_manifest(std::string_view text, const std::string& source);

/// The manifest as it stands in the file: JSON, two spaces, fields in the order of the struct.
[[nodiscard]] std::string manifest_text(const Manifest& manifest);

/// The bytes of all files, each counted once.
[[nodiscard]] std::uint64_t total_bytes(const Manifest& manifest);

/// One dim of a manifest by its name; throws format when it is missing.
[[nodiscard]] std::int64_t dim(const Manifest& manifest, std::string_view name);

/// True for what file names may be built from: 1 to 64 letters, digits, '.', '_' and '-', the first
/// of them a letter or digit.
[[nodiscard]] bool is_model_name(std::string_view name);

}  // namespace sotto
