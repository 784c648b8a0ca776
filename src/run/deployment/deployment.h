#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "run/decoding/transcript.h"
#include "run/deployment/deployed_bundle.h"
#include "run/deployment/device_transcript.h"
#include "run/transcriber/transcriber.h"
#include "run/verifier/clip.h"

namespace sotto {

struct DeployOptions {
  std::filesystem::path bundle;
  DeviceSetup setup;
  std::string against = "cpu";  ///< the back end here that the device is compared with
  BackendOptions against_options{};
  /// What that takes its weights from; the bundle when absent.
  std::optional<std::filesystem::path> checkpoint{};
  std::chrono::seconds most{3600};  ///< for the device to take for the clips of one language
};

/// Where two sequences of tokens part.
struct Parting {
  std::size_t at = 0;                   ///< how many are equal before
  std::optional<TokenId> here, device;  ///< the first that differ; absent where one has ended
};

/// One clip, written down on the device and here.
struct DeployedClip {
  Clip clip;
  DeviceTranscript device;
  Transcript here;
  TranscriptionTimes here_times;
  std::string result;              ///< the device's file of it, as openai/whisper writes JSON
  std::optional<Parting> parting;  ///< absent where all tokens are equal
  bool times_match = false;        ///< segments begin and end at the same times
  /// Seconds of the device's work for a second of sound.
  [[nodiscard]] double real_time_factor() const;
};

struct DeployReport {
  std::string device;   ///< "board"
  std::string folder;   ///< there
  std::string model;    ///< "base"
  std::string backend;  ///< there
  std::string against;  ///< the back end here
  PushReport sent;
  std::optional<std::int64_t> peak_kilobytes;  ///< of the device's program
  std::vector<DeployedClip> clips;
  /// Whether on every clip the device gave the tokens of this machine.
  [[nodiscard]] bool passed() const;
};

/// Where two sequences part, if they do.
[[nodiscard]] std::optional<Parting> parting_of(const std::vector<TokenId>& here,
                                                const std::vector<TokenId>& device);

/// The story of a deployment: what a run needs goes to the device, its program writes the clips
/// down there (Whisper's whole decoding, with the reference API's defaults), and the results are
/// compared with this machine's. Throws what DeployedBundle and the wire throw, and io with what
/// the device's program says when it fails. Without clips everything is sent, and nothing run.
[[nodiscard]] DeployReport deploy(std::shared_ptr<Wire> wire, const DeployOptions& options,
                                  const std::vector<Clip>& clips);

/// The report as JSON: docs/devices.md describes it.
[[nodiscard]] std::string deploy_json(const DeployReport& report);

/// Writes deploy.json and, as <clip>.json, what the device wrote of each clip. Throws io.
void write_deployment(const DeployReport& report, const std::filesystem::path& folder);

}  // namespace sotto
