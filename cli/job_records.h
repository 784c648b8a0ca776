#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "run/writers/writers.h"

namespace sotto::cli {

/// What was finished in a folder of outputs: a record for each recording's name in its folder
/// `.sotto`, put there after the outputs and taken away before they change. So wherever a process
/// is killed, a record means that its files are there and whole. docs/formats/transcripts.md
/// describes it. Where there is no `.sotto` and none is made, every question has the answer no and
/// nothing is kept.
class JobRecords {
 public:
  enum class Make { never, where_missing };

  /// `outputs` exists. Throws io when `.sotto` cannot be made, or it or its lock is something else
  /// than a folder and a file: links are not followed, for others may write to a folder of outputs.
  JobRecords(std::filesystem::path outputs, Make make);
  ~JobRecords();
  JobRecords(const JobRecords&) = delete;
  JobRecords& operator=(const JobRecords&) = delete;

  enum class Wait { no, yes };

  /// Takes the name for this process until unlock(). False, without Wait::yes, while another
  /// process works on it. Throws io.
  [[nodiscard]] bool lock(const std::string& name, Wait wait);
  void unlock(const std::string& name);

  /// The formats that are finished for that very job. A record that cannot be read is none.
  [[nodiscard]] std::vector<OutputFormat> finished(const std::string& name,
                                                   const nlohmann::json& job) const;

  /// Where in a folder of outputs the record of that name is.
  [[nodiscard]] static std::filesystem::path record(const std::filesystem::path& outputs,
                                                    const std::string& name);

  void forget(const std::string& name);
  void remember(const std::string& name, const nlohmann::json& job,
                std::span<const OutputFormat> formats);

 private:
  [[nodiscard]] std::filesystem::path record(const std::string& name) const {
    return record(outputs_, name);
  }
  void open_lock();

  std::filesystem::path outputs_;
  std::filesystem::path folder_;
  int lock_file_ = -1;  ///< −1 where nothing is kept
};

/// What tells one job from another: the recording's name, size and time of change, added to what
/// all recordings share. Absent where the recording has none of them (standard input, or no file).
[[nodiscard]] std::optional<nlohmann::json> job_of(const std::filesystem::path& recording,
                                                   const nlohmann::json& shared);

}  // namespace sotto::cli
