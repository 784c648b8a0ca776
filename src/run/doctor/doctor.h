#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

#include "run/doctor/probes.h"
#include "run/doctor/report.h"

namespace sotto {

struct DoctorOptions {
  std::filesystem::path root = "/";  ///< of the system whose files are read
  std::filesystem::path bundle;      ///< empty: none
  std::filesystem::path adapter;     ///< NeuronAdapter's library; empty: the usual one
  std::filesystem::path litert;      ///< where LiteRT lies; empty: where it usually does
  bool self_test = false;            ///< of the bundle's operations
  std::string program_version;
  /// Told what is being done.
  std::function<void(const std::string& what)> progress{};
};

/// Looks at the device that it runs on, asks its libraries through `probes`, and judges what it
/// finds. Throws not_found where the bundle is none, and usage for a self-test without one; what is
/// wrong with the device or the bundle is in the report.
[[nodiscard]] Report examine(const DoctorOptions& options, Probes& probes);

}  // namespace sotto
