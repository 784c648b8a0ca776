#pragma once

#include <string>
#include <vector>

#include "run/tokenizer/tokenizer.h"
#include "run/verifier/verifier.h"

namespace sotto::cli {

/// Which clips came out alike, with the texts, and why one differs from openai/whisper's.
[[nodiscard]] std::string accuracy_table(const VerifyReport& report);

/// Seconds for each clip on both sides, and the change; loading in a line of its own.
[[nodiscard]] std::string time_table(const VerifyReport& report);

/// Largest differences of mel, encoder output and logits.
[[nodiscard]] std::string numbers_table(const VerifyReport& report);

/// Every layer's difference, where they were compared, and where it begins to grow; else nothing.
[[nodiscard]] std::string layers_table(const VerifyReport& report);

/// Several back ends beside the baseline: of each clip tokens, seconds and the logits' difference.
/// The reports are of the same clips.
[[nodiscard]] std::string side_by_side_table(const std::vector<VerifyReport>& reports);

/// The token sequences of every clip, aligned, with marks under what differs.
[[nodiscard]] std::string token_tables(const VerifyReport& report);

/// The verdict in a sentence.
[[nodiscard]] std::string verdict(const VerifyReport& report);

}  // namespace sotto::cli
