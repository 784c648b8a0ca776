#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "run/bench/spread.h"
#include "run/bench/step_log.h"
#include "run/bench/step_rows.h"
#include "run/engine/model.h"
#include "run/transcriber/transcriber.h"

namespace sotto {

struct BenchOptions {
  BackendOptions backend_options{};  ///< that the model was loaded with
  double seconds = 1;  ///< how long each figure is measured; each a few times at least
  std::optional<std::filesystem::path> audio{};  ///< a recording to write down as well
  /// The observer of the model's back end, where steps are to be looked at; else null.
  std::shared_ptr<StepLog> log{};
  std::function<void(const std::string& what)> progress{};  ///< what is measured now
};

/// What was measured; times in seconds of wall time.
struct BenchReport {
  std::string model, backend;
  std::string precision;  ///< Backend::precision()
  std::filesystem::path path;
  DecoderKind decoder = DecoderKind::full;
  std::int64_t threads = 0;
  double load_time = 0;

  Spread mel;      ///< of a window full of sound
  Spread encoder;  ///< of a window; with a decoder of kind kv, the cross-attention's keys and
                   ///< values too
  std::int64_t encoder_operations = 0;  ///< multiplications and additions; 0: nobody knows
  /// One big product on the same back end, between the encoder's runs; where it runs graphs.
  std::optional<Spread> product;
  std::int64_t product_operations = 0;
  /// Keys and values of a window for the cross-attention, where they are computed apart.
  std::optional<Spread> cross;

  struct Prefill {
    std::int64_t tokens = 0;
    Spread time;
  };
  std::vector<Prefill> prefills;

  struct Step {
    StepKind kind;
    std::int64_t bytes = 0;  ///< that it reads; 0 where nobody knows
    Spread time;
  };
  std::vector<Step> steps;
  std::int64_t position = 0;  ///< of the steps' tokens, about

  /// Memory of as many bytes as a step of one row reads, read on as many threads, between the
  /// steps; where the back end can tell how many those are.
  std::optional<Spread> plain_read;
  std::int64_t step_bytes = 0;  ///< of one row

  /// A recording, from its file to its text: greedily, at temperature 0.
  struct Clip {
    std::filesystem::path audio;
    Spread time;
    TranscriptionTimes times;     ///< of the last run
    std::int64_t tokens = 0;      ///< of its text, timestamps included
    std::int64_t peak_bytes = 0;  ///< the most memory that the process held until then
  };
  std::optional<Clip> clip;

  // Where there is a log.
  std::vector<StepSum> profile;
  std::vector<PreparationSum> preparations;
};

/// Measures `model`, which options.backend_options describe and which times no words. What is
/// compared is measured by turns, since the speed of memory and processor changes from minute to
/// minute. Throws what sessions and transcriptions throw, and unavailable where steps are to be
/// looked at and the back end tells of none.
[[nodiscard]] BenchReport bench(Model& model, const BenchOptions& options);

/// 10⁹ operations a second.
[[nodiscard]] double gigaflops(std::int64_t operations, double seconds);

/// How long a step takes beside a plain read of as many bytes, at the speed of the one that was
/// measured; empty where there was none.
[[nodiscard]] std::optional<double> over_plain_read(const BenchReport& report,
                                                    const BenchReport::Step& step);

/// Everything as JSON (docs/bench.md).
[[nodiscard]] std::string bench_json(const BenchReport& report);

}  // namespace sotto
