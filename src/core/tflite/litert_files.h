#pragma once

#include <filesystem>
#include <string>

namespace sotto {

/// Where LiteRT, the official TFLite runtime, lies as its Python package `ai-edge-litert` brings
/// it.
struct LitertFiles {
  std::filesystem::path folder;            ///< the package's folder
  std::filesystem::path library;           ///< libLiteRt.so
  std::filesystem::path apply_plugin;      ///< the driver of vendors' compilers; empty where absent
  std::filesystem::path mediatek_plugins;  ///< the folder of MediaTek's; empty where absent
  std::string version;                     ///< of the package; empty where unknown
};

/// Looks at `given` (the package's folder, or the library itself), or else at $SOTTO_LITERT, the
/// Python environments of this machine and the set-up's cache. Runs no Python. Throws unavailable
/// with the places looked at and how to get it.
[[nodiscard]] LitertFiles find_litert(const std::filesystem::path& given = {});

}  // namespace sotto
