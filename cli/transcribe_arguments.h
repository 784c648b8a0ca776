#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "run/backends/registry.h"
#include "run/decoding/transcribe_options.h"
#include "run/engine/model.h"
#include "run/mel/pcm_format.h"
#include "run/writers/writers.h"

namespace sotto::cli {

/// Every output of openai/whisper, in the order in which it writes them.
inline constexpr std::array kAllFormats{OutputFormat::txt, OutputFormat::vtt, OutputFormat::srt,
                                        OutputFormat::tsv, OutputFormat::json};

enum class Device { cpu };

/// The command line of `sotto transcribe`, with the defaults of openai/whisper's.
struct TranscribeArguments {
  std::vector<std::string> inputs;
  std::string model;
  std::string backend{backend_names().front()};
  DecoderKind decoder = DecoderKind::automatic;
  Trust trust = Trust::own_files;
  bool check = false;            ///< whether to compare the hashes of all of a bundle's files first
  std::filesystem::path litert;  ///< where LiteRT lies; empty: where it usually does
  std::filesystem::path neuron;  ///< NeuronAdapter's library; empty: the usual one
  std::string soc;               ///< whose compiled files are run
  NpuOptions npu;
  Precision precision = Precision::f32;
  std::int64_t threads = 0;     ///< as many as there are cores
  std::int64_t jobs = 1;        ///< recordings at once, which share these threads
  Device device = Device::cpu;  ///< these two are accepted for the sake of scripts
  bool fp16 = true;

  std::optional<PcmFormat> pcm;  ///< what recordings are made of that have no header

  bool vad = false;
  std::optional<std::string> vad_model;
  std::int64_t batch = 0;  ///< windows to decode at once; 0 for one behind the other
  /// (layer, head) pairs; those of the model when empty.
  std::vector<std::pair<std::int64_t, std::int64_t>> alignment_heads;

  TranscribeOptions options;
  double temperature = 0;
  std::optional<double> temperature_increment = 0.2;

  std::filesystem::path output_dir = ".";
  std::vector<OutputFormat> formats{kAllFormats.begin(), kAllFormats.end()};
  SubtitleOptions subtitles;

  bool verbose = true;
  bool json = false;
  bool quiet = false;
  bool resume = false;
};

/// Adds the options to the subcommand; parsing fills `arguments`, which must outlive it.
void add_transcribe_options(CLI::App& command, TranscribeArguments& arguments);

/// Computes what follows from several options together (temperatures) and checks them without a
/// model. Throws CLI::ValidationError or what check_options() does.
void complete(TranscribeArguments& arguments);

/// A sentence for each option that has no effect, or a doubtful one, beside the others.
[[nodiscard]] std::vector<std::string> warnings_about(const TranscribeArguments& arguments);

}  // namespace sotto::cli
