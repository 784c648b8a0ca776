#pragma once

#include <filesystem>
#include <string>

#include "run/verifier/verifier.h"

namespace sotto {

/// One clip as pt_<clip>.json: audio_file, language, tokens, text, encode_time, decode_time,
/// total_time, num_tokens, comparison (with openai/whisper's own result where one was given, else
/// with the baseline computed here), and after them backend, decoding, computed_baseline and
/// numbers. Times are seconds. docs/formats/verify.md describes every field.
[[nodiscard]] std::string clip_json(const VerifyReport& report, const ClipReport& clip);

/// pt_summary.json: the objects of all clips by name, in the order of the clips.
[[nodiscard]] std::string summary_json(const VerifyReport& report);

/// All of a report: model, back end, loading times, verdict and clips.
[[nodiscard]] std::string report_json(const VerifyReport& report);

/// Writes pt_<clip>.json for every clip and pt_summary.json into `folder`, making it if need be; of
/// the full loop pt_full_<clip>.json and pt_full_summary.json.
/// Each file appears whole or not at all. Throws io.
void write_results(const VerifyReport& report, const std::filesystem::path& folder);

}  // namespace sotto
