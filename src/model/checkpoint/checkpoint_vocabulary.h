#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "core/bundle/vocabulary_layout.h"
#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// Finds where the tokens of a checkpoint stand: by what its folder says, else as in the published
/// models of its dims. Rows of the token embedding beyond the last of them are left out of it, and
/// of the dims: no text needs them. A note says so.
void fit_vocabulary(Checkpoint& checkpoint);

/// The words of a model, as a rank file, and where its tokens stand.
struct RankFile {
  std::shared_ptr<const void> owner;  ///< of the bytes
  std::span<const std::byte> bytes;
  std::string source;  ///< for messages
  VocabularyLayout layout;
};

/// That of `given` (a rank file) where it is not empty, else the checkpoint's own: a bundle's file,
/// the words of a folder's tokenizer, the published file where that is of its words. Throws
/// mismatch, naming the file, when the model has other words, or fewer rows than they and the
/// special tokens need; unsupported, with the reason, when the folder's tokenizer cannot be read;
/// not_found when the published file is not there.
[[nodiscard]] RankFile rank_file_of(const Checkpoint& checkpoint,
                                    const std::filesystem::path& given = {});

}  // namespace sotto
