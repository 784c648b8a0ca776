#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "run/decoding/decoder_session.h"

namespace sotto {

/// What a device wrote down of one recording, and what it took there (seconds).
struct DeviceTranscript {
  std::string file;  ///< as the device calls the recording
  std::string text, language;
  std::vector<TokenId> tokens;                      ///< of all segments, in order
  std::vector<std::pair<double, double>> segments;  ///< when they begin and end
  double audio_seconds = 0, audio_time = 0, encode_time = 0, decode_time = 0;
  [[nodiscard]] double total_time() const { return audio_time + encode_time + decode_time; }
};

struct DeviceOutput {
  std::vector<DeviceTranscript> transcripts;
  std::optional<std::int64_t> peak_kilobytes;  ///< the most memory that the program held
};

/// Reads what `sotto transcribe` printed on a device as JSON, a line a recording, and the line of
/// /proc/PID/status that may stand behind. Throws format, naming `device` and the field.
[[nodiscard]] DeviceOutput parse_device_output(const std::string& text, const std::string& device);

}  // namespace sotto
