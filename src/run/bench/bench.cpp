#include "run/bench/bench.h"

#include <algorithm>
#include <cmath>
#include <sys/resource.h>
#include <utility>

#include "core/base/error.h"
#include "run/backends/registry.h"
#include "run/backends/threads.h"
#include "run/bench/plain_read.h"
#include "run/bench/product_speed.h"
#include "run/bench/step_rows.h"
#include "run/engine/stopwatch.h"
#include "run/mel/frame_mel.h"
#include "run/mel/mel.h"

namespace sotto {
namespace {

constexpr std::size_t kFewest = 5;  // measurements of a figure
constexpr std::int64_t kPosition = 100, kStepsAtOnce = 8;
constexpr std::int64_t kWindows = 8;  // of the step over several
constexpr std::size_t kReadsAtOnce = 4;
constexpr double kMostClipSeconds = 20;  // to be spent on more than one run of a recording

/// Something between speech and noise. What is in it makes no difference to the time.
std::vector<float> made_sound(std::size_t count) {
  std::vector<float> samples(count);
  std::uint32_t random = 1;
  for (std::size_t i = 0; i < count; ++i) {
    random = random * 1664525U + 1013904223U;
    const float noise = static_cast<float>(random >> 8U) * 0x1p-24F - 0.5F;
    samples[i] = 0.2F * noise + 0.3F * std::sin(static_cast<float>(i) * 0.1F);
  }
  return samples;
}

std::int64_t peak_bytes() {
  constexpr std::int64_t kKilobyte = 1024;
  ::rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * kKilobyte;
}

template <class Work>
double seconds_of(const Work& work) {
  const Stopwatch running;
  work();
  return running.seconds();
}

class Bench {
 public:
  Bench(Model& model, const BenchOptions& options)
      : model_(model),
        options_(options),
        context_(model.dims().n_text_ctx),
        position_(std::min(kPosition, context_ / 2)) {}

  BenchReport run() {
    describe();
    say("getting ready");
    model_.warm_up_sessions(1);
    measure_mel();
    if (options_.audio) measure_clip(*options_.audio);
    measure_encoder();
    measure_session();
    measure_steps();
    if (options_.log) profile();
    return std::move(report_);
  }

 private:
  void say(const std::string& what) const {
    if (options_.progress) options_.progress(what);
  }

  [[nodiscard]] Repetition repetition() const { return {kFewest, options_.seconds}; }

  void describe() {
    report_.model = model_.name();
    report_.path = model_.path();
    report_.backend = model_.backend();
    report_.precision = model_.precision();
    report_.decoder = model_.decoder_kind();
    report_.threads = thread_count(options_.backend_options.threads);
    report_.load_time = model_.load_time();
    report_.position = position_;
  }

  void measure_mel() {
    say("mel");
    const auto samples = made_sound(static_cast<std::size_t>(model_.frames()) * kHop);
    Repetition mel = repetition();
    while (mel.goes_on()) {
      mel.add(
          seconds_of([&] { mel_ = window_mel(samples, model_.dims().n_mels, model_.frames()); }));
    }
    report_.mel = mel.spread();
  }

  void measure_clip(const std::filesystem::path& audio) {
    say("recording");
    TranscribeOptions options;
    options.temperatures = {0};
    BenchReport::Clip clip;
    clip.audio = audio;
    Transcriber transcriber(model_);
    constexpr std::size_t kRuns = 3;
    std::vector<double> times;
    double spent = 0;
    while (times.empty() || (times.size() < kRuns && spent < kMostClipSeconds)) {
      Transcript transcript;
      times.push_back(seconds_of([&] { transcript = transcriber.transcribe(audio, options); }));
      spent += times.back();
      clip.tokens = 0;
      for (const Segment& segment : transcript.segments) {
        clip.tokens += static_cast<std::int64_t>(segment.tokens.size());
      }
    }
    clip.time = spread_of(times);
    clip.times = transcriber.times();
    clip.peak_bytes = peak_bytes();
    report_.clip = std::move(clip);
  }

  void measure_encoder() {
    say("encoder");
    std::optional<ProductSpeed> product;
    const auto backend = describe_backend(model_.backend(), options_.backend_options);
    if (backend->runs_graphs()) product.emplace(*backend);
    if (product) static_cast<void>(product->measure());
    Repetition encoder = repetition(), products = repetition();
    while (encoder.goes_on()) {
      encoder.add(seconds_of([&] { model_.encode(mel_, window_); }));
      if (product) products.add(product->measure());
    }
    report_.encoder = encoder.spread();
    report_.encoder_operations = encoder_operations();
    if (!product) return;
    report_.product = products.spread();
    report_.product_operations = product->operations();
  }

  [[nodiscard]] std::int64_t encoder_operations() const {
    const GraphKind kind = model_.decodes_with_kv() ? GraphKind::crosskv : GraphKind::encoder;
    const ModelPart part = model_.sources().part(kind);
    return part.graph ? 2 * cost(part.graph(0)).multiply_adds : 0;
  }

  /// A session begins with the cross-attention's keys and values, where nothing else computes them.
  void measure_session() {
    say("prefill");
    if (model_.decoder_kind() == DecoderKind::stateful) {
      Repetition cross = repetition();
      while (cross.goes_on()) {
        session_.reset();
        cross.add(seconds_of([&] { session_ = model_.make_session(window_); }));
      }
      report_.cross = cross.spread();
    } else {
      session_ = model_.make_session(window_);
    }
    for (const std::int64_t count : {4, 64}) {
      if (count > context_) continue;
      const auto tokens = made_tokens(count, model_.dims().n_vocab);
      static_cast<void>(session_->prefill(tokens));  // prepares itself for the length
      Repetition prefill = repetition();
      while (prefill.goes_on()) {
        prefill.add(seconds_of([&] { static_cast<void>(session_->prefill(tokens)); }));
      }
      report_.prefills.push_back({count, prefill.spread()});
    }
  }

  /// Feeds what stands before a few steps.
  void begin_steps(StepRows& rows, const StepKind& kind) const {
    rows.begin(kind, std::max<std::int64_t>(position_ - kStepsAtOnce / 2, 1));
  }

  /// The first step finds other things in the caches than those behind it.
  void take_steps(StepRows& rows, const StepKind& kind, Repetition& times) const {
    begin_steps(rows, kind);
    for (std::int64_t step = 0; step < kStepsAtOnce; ++step) {
      const double seconds = seconds_of([&] { rows.step(); });
      if (step > 0) times.add(seconds);
    }
  }

  void measure_steps() {
    say("steps");
    session_.reset();
    StepRows rows(model_, mel_, kWindows);
    std::vector<StepKind> kinds{{1}, {5}, {8}};
    if (rows.windows() > 1) kinds.push_back({kWindows, kWindows});
    report_.step_bytes = model_.step_bytes(position_);
    std::optional<PlainRead> plain;
    if (report_.step_bytes > 0) {
      plain.emplace(static_cast<std::size_t>(report_.step_bytes),
                    static_cast<int>(report_.threads));
    }
    std::vector<Repetition> steps(kinds.size(), repetition());
    Repetition reads = repetition();
    for (const StepKind& kind : kinds) {
      Repetition unused = repetition();
      take_steps(rows, kind, unused);  // prepares itself for so many rows
    }
    while (steps.front().goes_on()) {
      for (std::size_t i = 0; i < kinds.size(); ++i) {
        take_steps(rows, kinds[i], steps[i]);
        if (!plain) continue;
        for (const double seconds : plain->measure(kReadsAtOnce)) reads.add(seconds);
      }
    }
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      const std::int64_t bytes = model_.step_bytes(position_, kinds[i].windows);
      report_.steps.push_back({kinds[i], bytes, steps[i].spread()});
    }
    if (plain) report_.plain_read = reads.spread();
  }

  template <class Work>
  void watch(const std::string& stage, const Work& work) {
    options_.log->begin(stage);
    work();
    options_.log->end();
  }

  /// Everything once more, watched.
  void profile() {
    say("profile");
    watch("encoder", [&] { model_.encode(mel_, window_); });
    session_.reset();
    watch("cross keys and values", [&] { session_ = model_.make_session(window_); });
    for (const BenchReport::Prefill& prefill : report_.prefills) {
      const auto tokens = made_tokens(prefill.tokens, model_.dims().n_vocab);
      watch(concat("prefill, ", prefill.tokens, " tokens"),
            [&] { static_cast<void>(session_->prefill(tokens)); });
    }
    session_.reset();
    StepRows rows(model_, mel_, kWindows);
    for (const BenchReport::Step& step : report_.steps) {
      begin_steps(rows, step.kind);
      rows.step();
      watch(name_of(step.kind), [&] { rows.step(); });
    }
    if (options_.log->events().empty()) {
      fail(ErrorKind::unavailable, Option{"profile"}, ": the ", model_.backend(),
           " back end tells of no steps; cpu does");
    }
    report_.profile = summed(options_.log->events());
    report_.preparations = options_.log->preparations();
  }

  Model& model_;
  const BenchOptions& options_;
  std::int64_t context_;
  std::int64_t position_;
  BenchReport report_;
  Tensor mel_;
  EncodedWindow window_;
  std::unique_ptr<DecoderSession> session_;
};

}  // namespace

double gigaflops(std::int64_t operations, double seconds) {
  constexpr double kGiga = 1e9;
  return seconds > 0 ? static_cast<double>(operations) / seconds / kGiga : 0;
}

std::optional<double> over_plain_read(const BenchReport& report, const BenchReport::Step& step) {
  if (!report.plain_read) return std::nullopt;
  const double as_many = static_cast<double>(step.bytes) / static_cast<double>(report.step_bytes);
  return step.time.median / (report.plain_read->median * as_many);
}

BenchReport bench(Model& model, const BenchOptions& options) { return Bench(model, options).run(); }

}  // namespace sotto
