#include "run/verifier/verifier.h"

#include <algorithm>
#include <memory>

#include "core/archive/npy_writer.h"
#include "core/archive/printable.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/bundle/bundle.h"
#include "core/bundle/sha256.h"
#include "core/signatures/other_files.h"
#include "run/decoding/plain_decoding.h"
#include "run/engine/stopwatch.h"
#include "run/transcriber/open_recording.h"
#include "run/transcriber/plain_transcriber.h"
#include "run/transcriber/transcriber.h"
#include "run/verifier/cache_layers.h"
#include "run/verifier/folder.h"

namespace sotto {

namespace {

/// A model with what its transcription of the current clip left behind.
struct Side {
  Model model;
  Trace trace{};
  std::unique_ptr<CacheLayers> layers{};  ///< where they are wanted and files alone can be run
};

void check_same_kind(const Model& bundle, const Model& baseline) {
  for (const DimField& field : dim_fields()) {
    // A bundle with a shorter window holds no more positions than it needs.
    if (field.member == &WhisperDims::n_audio_ctx) continue;
    const auto here = bundle.dims().*field.member, there = baseline.dims().*field.member;
    if (here == there) continue;
    fail(ErrorKind::mismatch, baseline.path().string(), ": its ", field.name, " is ", there,
         " where ", bundle.path().string(), " has ", here,
         ", so it is not what the bundle was exported from");
  }
}

/// A bundle of a merged adapter has other weights than the base, whose dims are the same.
void check_not_the_base_alone(const Bundle& bundle, const CheckpointSource& source) {
  const Manifest& manifest = bundle.manifest();
  if (!manifest.source.adapter || !source.base.empty()) return;
  const std::filesystem::path weights = read_checkpoint(source).weights;
  if (sha256_of_file(weights) != manifest.source.sha256) return;
  fail(ErrorKind::mismatch, source.path.string(), ": expected what ", bundle.folder().string(),
       " was exported from, found the base that an adapter was merged into: name the adapter (",
       printable(manifest.source.adapter->folder), ") with ", Option{"checkpoint"},
       ", and this with ", Option{"base"});
}

PlainTranscript run_full(Side& side, const Clip& clip) {
  const Stopwatch reading;
  Recording recording = open_recording(clip.audio, side.model.dims().n_mels);
  PlainTranscript result;
  result.audio_file = clip.audio;
  result.audio_time = reading.seconds();
  TranscribeOptions options;
  options.language = clip.language;
  Transcriber transcriber(side.model);
  const Transcript transcript = transcriber.transcribe(recording, options, {}, &side.trace);
  result.language = transcript.language;
  result.language_detected =
      !clip.language.has_value() && side.model.tokenizer().special().multilingual;
  for (const Segment& segment : transcript.segments) {
    result.tokens.insert(result.tokens.end(), segment.tokens.begin(), segment.tokens.end());
  }
  result.text = strip_white_space(transcript.text);
  result.audio_seconds = transcriber.times().audio_seconds;
  result.encode_time = transcriber.times().encode_time;
  result.decode_time = transcriber.times().decode_time;
  return result;
}

PlainTranscript run(Side& side, const Clip& clip, DecodingLoop loop) {
  side.trace = Trace{};
  side.trace.steps = kComparedSteps;
  if (loop == DecodingLoop::full) return run_full(side, clip);
  return PlainTranscriber(side.model).transcribe(clip.audio, {clip.language, &side.trace});
}

/// Tokens of a result that no decoding step gave: the plain loop's begin with its prompt.
std::size_t prompt_size(const Model& model, DecodingLoop loop) {
  if (loop == DecodingLoop::full) return 0;
  return plain_prompt(model.tokenizer().special(), 0).size();
}

void compare_traces(const Side& baseline, const Side& artifacts, std::size_t prompt,
                    ClipReport& report) {
  const Trace &a = baseline.trace, &b = artifacts.trace;
  report.mel = compare_numbers("mel", a.mel.floats(), b.mel.floats());
  if (b.encoder_output.size() > 0) {
    report.encoder_output =
        compare_numbers("encoder output", a.encoder_output.floats(), b.encoder_output.floats());
  }
  // After a token that differs the sides answer different questions, so only what is common counts.
  const auto n_vocab = static_cast<std::size_t>(baseline.model.dims().n_vocab);
  const auto& left = report.baseline.tokens;
  const auto& right = report.artifacts.tokens;
  const auto parted = std::mismatch(left.begin(), left.end(), right.begin(), right.end()).first;
  const auto common = static_cast<std::size_t>(parted - left.begin());
  const std::size_t steps = common < prompt ? 0 : common - prompt + 1;
  report.logit_steps = std::min({steps, a.logits.size() / n_vocab, b.logits.size() / n_vocab});
  const std::size_t count = report.logit_steps * n_vocab;
  report.logits =
      compare_numbers("logits", std::span(a.logits).first(count), std::span(b.logits).first(count));
}

void dump_side(const std::filesystem::path& folder, const std::string& prefix, const Side& side) {
  const Trace& trace = side.trace;
  const auto write = [&](const std::string& what, const Shape& shape, std::span<const float> data) {
    write_npy(folder / (prefix + "_" + what + ".npy"), shape, data);
  };
  write("mel", trace.mel.shape(), trace.mel.floats());
  if (trace.encoder_output.size() > 0) {
    write("encoder_output", trace.encoder_output.shape(), trace.encoder_output.floats());
  }
  const std::int64_t n_vocab = side.model.dims().n_vocab;
  const auto steps = static_cast<std::int64_t>(trace.logits.size()) / n_vocab;
  write("logits", {steps, n_vocab}, trace.logits);
}

/// What the decoder's layers are compared on: the baseline's own words.
std::vector<TokenId> layer_tokens(const PlainTranscript& baseline) {
  constexpr std::size_t kMost = 64;
  std::vector<TokenId> tokens = baseline.tokens;
  if (tokens.size() > kMost) tokens.resize(kMost);
  if (tokens.empty()) tokens.push_back(0);
  return tokens;
}

class Verification {
 public:
  explicit Verification(const VerifyOptions& options)
      : options_(options),
        bundle_(open_bundle()),
        artifacts_(load_artifacts()),
        baseline_{load_baseline(artifacts_.front().model.frames())} {
    check_same_kind(artifacts_.front().model, baseline_.model);
    for (Side& side : artifacts_) warm_up(side.model);
    warm_up(baseline_.model);
    if (options.layers) load_layers();
  }

  /// The clip on each back end, in their order, beside one run of the baseline.
  [[nodiscard]] std::vector<ClipReport> verify_clip(const Clip& clip) {
    ClipReport common;
    common.clip = clip;
    common.given = given(clip);
    tell(clip.name() + ": baseline");
    common.baseline = run(baseline_, clip, options_.decoding);
    if (layers_) {
      tell(clip.name() + ": layers");
      common.layers = layers_->compare(baseline_.trace.mel, layer_tokens(common.baseline));
    }
    if (options_.dump) dump_side(*options_.dump, clip.name() + "_baseline", baseline_);
    std::vector<ClipReport> reports;
    for (Side& side : artifacts_) reports.push_back(verify_side(side, common));
    return reports;
  }

  /// For each back end everything but the clips.
  [[nodiscard]] std::vector<VerifyReport> headers() const {
    std::vector<VerifyReport> reports;
    for (const Side& side : artifacts_) reports.push_back(header(side.model));
    return reports;
  }

  /// openai/whisper's result for the clip, where its folder was given.
  [[nodiscard]] std::optional<GivenBaseline> given(const Clip& clip) const {
    if (!options_.given_baselines) return std::nullopt;
    return read_given_baseline(*options_.given_baselines, clip.name(),
                               baseline_.model.tokenizer().special());
  }

 private:
  [[nodiscard]] ClipReport verify_side(Side& side, const ClipReport& common) {
    ClipReport report = common;
    const std::string name = common.clip.name();
    tell(name + ": artifacts on " + side.model.backend());
    report.artifacts = run(side, common.clip, options_.decoding);
    compare_traces(baseline_, side, prompt_size(baseline_.model, options_.decoding), report);
    if (side.layers) {
      tell(name + ": layers on " + side.model.backend());
      report.layers = side.layers->compare(baseline_.trace.mel, layer_tokens(report.baseline));
    }
    if (options_.dump) {
      const bool alone = artifacts_.size() == 1;
      dump_side(*options_.dump, name + "_" + (alone ? "artifacts" : side.model.backend()), side);
    }
    return report;
  }

  [[nodiscard]] VerifyReport header(const Model& artifacts) const {
    VerifyReport report;
    report.model = artifacts.name();
    report.backend = artifacts.backend();
    report.device = artifacts.device();
    report.form = artifacts.form();
    report.with_kv = artifacts.decodes_with_kv();
    report.decoding = options_.decoding;
    report.baseline_source = baseline_.model.path().string();
    report.notes = baseline_.model.notes();
    report.baseline_from_bundle = !options_.checkpoint.has_value();
    report.baseline_load_time = baseline_.model.load_time();
    report.artifacts_load_time = artifacts.load_time();
    report.special = artifacts.tokenizer().special();
    return report;
  }

  [[nodiscard]] Bundle open_bundle() const {
    if (!Bundle::is_bundle(options_.bundle)) {
      refuse_other_files(options_.bundle, Wanted::bundle);
      fail(ErrorKind::not_found, options_.bundle.string(), ": expected a bundle (a folder with ",
           kManifestName, ", as `sotto export` writes it), found none");
    }
    tell("checking " + options_.bundle.string());
    Bundle bundle = Bundle::open(options_.bundle);
    bundle.check_hashes();
    return bundle;
  }

  std::vector<Side> load_artifacts() const {
    std::vector<Side> sides;
    for (const std::string& backend : options_.backends) {
      tell("loading " + options_.bundle.string());
      ModelOptions how{backend, options_.backend_options, options_.decoder, options_.trust};
      how.backend_options.precision = options_.precision;
      sides.push_back({load_model(bundle_, how, HashCheck::done)});
    }
    return sides;
  }

  [[nodiscard]] CheckpointSource baseline_source() const {
    if (options_.checkpoint) return {*options_.checkpoint, options_.base};
    return {options_.bundle};
  }

  Model load_baseline(std::int64_t frames) const {
    const CheckpointSource source = baseline_source();
    if (options_.checkpoint) check_not_the_base_alone(bundle_, source);
    tell("loading " + source.path.string());
    return load_unsplit(source, frames, options_.backend_options);
  }

  /// Layers can be put out of TFLite files; of what is compiled, keys and values are all there is.
  void load_layers() {
    tell("loading the layers");
    const bool is_elsewhere = static_cast<bool>(options_.backend_options.elsewhere);
    for (Side& side : artifacts_) {
      if (is_elsewhere && !side.model.decodes_with_kv()) {
        fail(ErrorKind::usage, Option{"layers"},
             ": on a device they are the keys and values of the graphs over a cache: expected ",
             Option{"decoder", "kv"}, ", found the full decoder");
      }
      const bool is_compiled = side.model.form() == "compiled" && side.model.decodes_with_kv();
      if (!is_compiled && !is_elsewhere) continue;
      side.layers = std::make_unique<CacheLayers>(bundle_, baseline_source(), side.model.backend(),
                                                  options_.backend_options);
    }
    const auto is_done = [](const Side& side) { return side.layers != nullptr; };
    if (std::all_of(artifacts_.begin(), artifacts_.end(), is_done)) return;
    layers_.emplace(bundle_, baseline_source(), options_.backend_options);
  }

  void warm_up(Model& model) const {
    tell("warming up " + model.path().string() + " on " + model.backend());
    if (options_.decoding == DecodingLoop::full) {
      model.warm_up_sessions(1);
    } else {
      model.warm_up();
    }
  }

  void tell(const std::string& what) const {
    if (options_.progress) options_.progress(what);
  }

  const VerifyOptions& options_;
  Bundle bundle_;
  std::vector<Side> artifacts_;  ///< on each back end
  Side baseline_;
  std::optional<LayerComparison> layers_;
};

}  // namespace

bool VerifyReport::passed() const {
  return std::all_of(clips.begin(), clips.end(),
                     [](const ClipReport& clip) { return clip.tokens_match(); });
}

std::vector<VerifyReport> verify(const VerifyOptions& options, const std::vector<Clip>& clips) {
  if (clips.empty()) fail(ErrorKind::usage, "no clip to verify with");
  if (options.backends.empty()) fail(ErrorKind::usage, "no back end to verify on");
  Verification verification(options);
  // A missing baseline is found before minutes go into the clips.
  for (const Clip& clip : clips) static_cast<void>(verification.given(clip));
  if (options.dump) make_folder(*options.dump);
  std::vector<VerifyReport> reports = verification.headers();
  for (const Clip& clip : clips) {
    const std::vector<ClipReport> results = verification.verify_clip(clip);
    for (std::size_t i = 0; i < results.size(); ++i) reports[i].clips.push_back(results[i]);
  }
  return reports;
}

}  // namespace sotto
