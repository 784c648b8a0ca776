#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "core/bundle/manifest.h"

namespace sotto {

struct ExportOptions {
  std::filesystem::path source;  ///< what read_checkpoint() takes
  std::filesystem::path output;  ///< folder: new, empty, or a bundle to replace
  /// For file names; empty: a bundle's own, else the published name of these dims.
  std::string name;
  std::int64_t frames = 0;  ///< mel frames of the window; 0: 2 · n_audio_ctx
  /// Rank file to copy in; empty: a bundle's own, else vocabulary_path().
  std::filesystem::path vocabulary;
  /// Told the name of each file as its writing begins, from any thread but one at a time.
  std::function<void(const std::string& file)> progress;
};

struct ExportReport {
  std::filesystem::path folder;
  Manifest manifest;
};

/// The compile story: checkpoint → graphs → the files of a bundle. Two threads share the work, and
/// memory does not grow with the checkpoint. What is written depends on the model alone, not on
/// the checkpoint's format, the time or the place; only the manifest names the source. On an error
/// nothing has changed.
[[nodiscard]] ExportReport export_bundle(const ExportOptions& options);

}  // namespace sotto
