#pragma once

#include <filesystem>

#include "core/signatures/signatures.h"

namespace sotto {

/// What a command asks for.
enum class Wanted {
  checkpoint,
  bundle,
  graph,        ///< a TFLite file, or what has or makes some
  inspectable,  ///< a checkpoint, a bundle or a file of either
  recording,
  wav_recording,  ///< where nothing else is read
  json,
  vocabulary,
  results,  ///< openai/whisper's, of a clip
  vad_model,
};

/// Throws format where `sample` is known to be something that no reader of what is wanted
/// takes: "FILE: expected …, found …" and what to do instead. What is unknown passes, for its
/// reader to say what is wrong with it.
void refuse_other_files(const FileSample& sample, Wanted wanted);

/// The same for the file or folder at `path`. What is neither, or is not there, passes too. Throws
/// io as MappedFile::open() does.
void refuse_other_files(const std::filesystem::path& path, Wanted wanted);

}  // namespace sotto
