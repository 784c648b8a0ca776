#pragma once

#include <string_view>
#include <vector>

#include "run/decoding/alignment.h"

namespace sotto {

/// Moves words that are punctuation to the word that they belong to (the reference's
/// merge_punctuations, timing.py): those in `prepended` (and after a space) to the next one, those
/// in `appended` to the one before, which must not end with a space. What moved away stays as a
/// word without text and tokens. Times and probabilities stay. "In" is Python's: as a substring, of
/// which no text is one of any text.
void merge_punctuation(std::vector<WordTiming>& words, std::string_view prepended,
                       std::string_view appended);

}  // namespace sotto
