#pragma once

#include <nlohmann/json.hpp>

#include "run/decoding/transcribe_options.h"

namespace sotto::test {

/// Sotto's options for the arguments of whisper.transcribe() that oracle_transcripts.py recorded.
/// Throws internal for one that it does not know.
[[nodiscard]] TranscribeOptions options_of(const nlohmann::json& arguments);

}  // namespace sotto::test
