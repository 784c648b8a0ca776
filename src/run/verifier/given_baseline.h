#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "run/decoding/decoder_session.h"
#include "run/tokenizer/tokenizer.h"

namespace sotto {

/// What openai/whisper's transcribe() gave for a clip, as recorded in a baseline_<clip>.json.
struct GivenBaseline {
  std::filesystem::path file;
  std::string text;              ///< without surrounding spaces
  std::vector<TokenId> tokens;   ///< of all segments, in order
  bool with_timestamps = false;  ///< some of the tokens are timestamps
};

/// Reads FOLDER/baseline_<clip>.json: an object with `text` and, optionally, `segments`, each with
/// `tokens`. Throws not_found, or format with a sentence that names the file and the field.
[[nodiscard]] GivenBaseline read_given_baseline(const std::filesystem::path& folder,
                                                const std::string& clip,
                                                const SpecialTokens& special);

/// The same for the bytes of such a file, which messages call `file`.
[[nodiscard]] GivenBaseline parse_given_baseline(std::span<const std::byte> bytes,
                                                 const std::filesystem::path& file,
                                                 const SpecialTokens& special);

}  // namespace sotto
