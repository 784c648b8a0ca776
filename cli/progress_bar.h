#pragma once

#include <string>

namespace sotto::cli {

/// How far a recording is written down; all in seconds.
struct RecordingProgress {
  std::string name;
  double done = 0, length = 0;  ///< of the recording
  double elapsed = 0;           ///< of wall time
};

/// "talk [###-------] 30%  1:30 of 5:00, 6.0x, 0:35 left", six times as fast as it was spoken, in
/// less than 80 columns. What cannot be known yet is left out.
[[nodiscard]] std::string progress_bar(const RecordingProgress& progress);

}  // namespace sotto::cli
