#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/graph/graph.h"

namespace sotto {

inline constexpr std::string_view kManifestName = "sotto.json";

/// What a file of a bundle is for; the manifest's `role`.
namespace role {
inline constexpr std::string_view encoder_torchscript = "encoder_torchscript";
inline constexpr std::string_view decoder_torchscript = "decoder_torchscript";
inline constexpr std::string_view token_embedding = "token_embedding";
inline constexpr std::string_view embedding_info = "embedding_info";
inline constexpr std::string_view metadata = "metadata";
inline constexpr std::string_view vocabulary = "vocabulary";
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
};

/// The manifest, sotto.json: docs/formats/bundle.md.
struct Manifest {
  std::int64_t format_version = 1;
  std::string model_name;  ///< "base": what file names are built from
  struct Source {
    std::string file;    ///< file name of the checkpoint, without its folder
    std::string format;  ///< "openai", "hugging_face", "ctranslate2"
    std::string sha256;  ///< of the file that holds the weights
  } source;
  std::vector<std::pair<std::string, std::int64_t>> dims;  ///< WhisperDims by field name
  std::int64_t frames = 0;                                 ///< mel frames of the encoder's window
  std::vector<std::pair<std::int64_t, std::int64_t>> alignment_heads;  ///< empty where unknown
  std::vector<FileRecord> files;
};

/// The folder of artifacts, opened for reading.
class Bundle {
 public:
  /// Reads and checks the manifest: known version, plain file names, every file there with its
  /// size. Hashes are checked by check_hashes() only. Throws with a sentence that names the file.
  [[nodiscard]] static Bundle open(const std::filesystem::path& folder);

  /// True when `path` is a folder with a manifest in it (whether or not the manifest is sound).
  [[nodiscard]] static bool is_bundle(const std::filesystem::path& path);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const Manifest& manifest() const { return manifest_; }

  /// Throws not_found when the bundle has no file of this role.
  [[nodiscard]] const FileRecord& record(std::string_view role) const;
  [[nodiscard]] std::filesystem::path file(std::string_view role) const;

  /// Throws mismatch, naming the file, when its SHA-256 is not the manifest's.
  void check_hashes() const;

 private:
  std::filesystem::path folder_;
  Manifest manifest_;
};

/// One dim of a manifest by its name; throws format when it is missing.
[[nodiscard]] std::int64_t dim(const Manifest& manifest, std::string_view name);

}  // namespace sotto
