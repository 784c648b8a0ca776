#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "run/engine/model.h"
#include "run/tokenizer/tokenizer.h"
#include "run/transcriber/plain_transcript.h"
#include "run/verifier/clip.h"
#include "run/verifier/difference.h"
#include "run/verifier/given_baseline.h"
#include "run/verifier/layer_comparison.h"

namespace sotto {

/// The loop that both sides run through.
enum class DecodingLoop {
  plain,  ///< of the TorchScript pipeline: arg max after arg max, no timestamps, one window
  full,   ///< Whisper's own, as `sotto transcribe` has it, with the reference API's defaults
};

struct VerifyOptions {
  std::filesystem::path bundle;
  std::vector<std::string> backends;             ///< what runs the artifacts, one after another
  BackendOptions backend_options{};              ///< of these, and of the baseline's
  Precision precision = Precision::f32;          ///< of these; the baseline's is float32
  DecoderKind decoder = DecoderKind::automatic;  ///< of the artifacts
  Trust trust = Trust::own_files;                ///< of the artifacts
  DecodingLoop decoding = DecodingLoop::plain;
  /// What the unsplit baseline is computed from; the weights inside the bundle's files when absent.
  std::optional<std::filesystem::path> checkpoint;
  /// What that is merged into, where it is an adapter; else empty.
  std::filesystem::path base;
  /// Folder of openai/whisper's own results, baseline_<clip>.json for every clip.
  std::optional<std::filesystem::path> given_baselines;
  /// Folder for the numbers of all sides as .npy files; none are written when absent.
  std::optional<std::filesystem::path> dump;
  /// Whether to compare layers too, on the first window of every clip: every one of the TFLite
  /// files, and of compiled files and on a device the keys and values that belong to a layer.
  bool layers = false;
  /// Told what is being done, a few words at a time.
  std::function<void(const std::string&)> progress;
};

/// One clip through both: the artifacts, and the unsplit baseline computed here.
struct ClipReport {
  Clip clip;
  PlainTranscript baseline, artifacts;
  Difference mel, logits;
  /// Absent where the artifacts' encoder puts out keys and values instead.
  std::optional<Difference> encoder_output;
  std::size_t logit_steps = 0;  ///< decoding steps whose logits were compared
  std::optional<GivenBaseline> given;
  std::vector<LayerNumbers> layers;  ///< of each graph, where they were asked for
  [[nodiscard]] bool tokens_match() const { return baseline.tokens == artifacts.tokens; }
};

struct VerifyReport {
  std::string model;     ///< "base"
  std::string backend;   ///< what ran the artifacts
  ComputeDevice device;  ///< what that computed on
  std::string form;      ///< of the artifacts that it ran: "tflite"; empty for the weights in them
  bool with_kv = false;  ///< over the step and prefill graphs
  DecodingLoop decoding = DecodingLoop::plain;
  std::string baseline_source;  ///< the file or folder whose weights the baseline used
  bool baseline_from_bundle = false;
  std::vector<std::string> notes;  ///< what a person should know of how that was read
  double baseline_load_time = 0, artifacts_load_time = 0;
  SpecialTokens special{};
  std::vector<ClipReport> clips;
  /// True when on every clip the artifacts gave the baseline's tokens.
  [[nodiscard]] bool passed() const;
};

/// How many decoding steps' logits are compared: enough for the language to have settled, few
/// enough to keep and dump (a step of base is 0.2 MB).
inline constexpr std::size_t kComparedSteps = 8;

/// Runs every clip through the unsplit model on the cpu back end, and through the bundle on each of
/// the back ends, all warmed up first. A report a back end, in their order. Throws with a sentence
/// when something cannot be read, or mismatch when checkpoint and bundle are not the same kind of
/// model, or a file of the bundle has another hash than the manifest says. Writes nothing but the
/// dump.
[[nodiscard]] std::vector<VerifyReport> verify(const VerifyOptions& options,
                                               const std::vector<Clip>& clips);

}  // namespace sotto
