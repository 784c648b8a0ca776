#pragma once

#include <filesystem>

#include "core/bundle/vocabulary_file.h"
#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// Finds where the tokens of a checkpoint stand: by what its folder says, else as in the published
/// models of its dims. Rows of the token embedding beyond the last of them are left out of it, and
/// of the dims: no text needs them. A note says so.
void fit_vocabulary(Checkpoint& checkpoint);

/// That of `given` (a rank file) where it is not empty, else the checkpoint's own: a bundle's file,
/// the words of a folder's tokenizer, the published file where that is of its words. Throws
/// mismatch, naming the file, when the model has other words, or fewer rows than they and the
/// special tokens need; unsupported, with the reason, when the folder's tokenizer cannot be read;
/// not_found when the published file is not there.
[[nodiscard]] RankFile rank_file_of(const Checkpoint& checkpoint,
                                    const std::filesystem::path& given = {});

}  // namespace sotto
