#include "run/deployment/deployment.h"

#include <algorithm>
#include <list>
#include <map>
#include <utility>

#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/base/scratch_file.h"
#include "core/bundle/sha256.h"
#include "model/checkpoint/bundle_reader.h"
#include "run/deployment/wav_copy.h"
#include "run/engine/checkpoint/load_model.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

// The program runs beside a shell that looks at the most memory that it has held, and ends it when
// it is itself told to end. The last that was seen follows behind the program's output.
constexpr const char* kMeasured = R"sh("$@" &
p=$!
trap 'kill "$p"' TERM
m=
while n=$(grep VmHWM "/proc/$p/status" 2>/dev/null) && [ -n "$n" ]; do
  m=$n
  sleep 0.1 2>/dev/null || sleep 1
done
wait "$p"
c=$?
[ -n "$m" ] && printf '%s\n' "$m"
exit "$c")sh";
constexpr const char* kMakeResults = R"sh(umask 077
mkdir -p -- "$1")sh";

constexpr std::uint64_t kMostResult = std::uint64_t{16} << 20;

/// What the program there says went wrong: its last sentence, or else the last line of anybody's.
std::string telling_line(const std::string& errors) {
  constexpr std::string_view kOurs = "sotto: ";
  std::string last, ours;
  std::size_t first = 0;
  while (first < errors.size()) {
    const std::size_t end = std::min(errors.find('\n', first), errors.size());
    const std::string line = errors.substr(first, end - first);
    if (!line.empty()) last = line;
    if (line.starts_with(kOurs)) ours = line.substr(kOurs.size());
    first = end + 1;
  }
  return ours.empty() ? last : ours;
}

std::string ending(const RemoteRun& run) {
  constexpr int kSignalled = 128, kKilled = 137, kLast = 64;
  if (run.exit_code == kKilled) {
    return "it was killed (signal 9), as happens where memory is short";
  }
  if (run.exit_code > kSignalled && run.exit_code <= kSignalled + kLast) {
    return concat("it was ended by signal ", run.exit_code - kSignalled);
  }
  const std::string said = telling_line(run.errors);
  return said.empty() ? concat("it ended with exit code ", run.exit_code) : said;
}

/// A clip as the device reads it.
struct SentClip {
  const Clip* clip;
  ScratchFile wav;
  std::string name;  ///< "clips/0123456789abcdef.wav": of its contents, so that it goes over once
};

class DeviceRunner {
 public:
  DeviceRunner(const DeployedBundle& there, const DeployOptions& options)
      : there_(there), options_(options) {}

  /// Sends the clips, and has them written down.
  void run(const std::vector<Clip>& clips, DeployReport& report) {
    std::list<SentClip> sent;
    std::vector<RemoteFile> files;
    for (const Clip& clip : clips) {
      SentClip& one = sent.emplace_back();
      one.clip = &clip;
      write_wav_copy(clip.audio, one.wav.path());
      const std::string hash = sha256_of_file(one.wav.path());
      constexpr std::size_t kShort = 16;
      one.name = concat("clips/", hash.substr(0, kShort), ".wav");
      files.push_back({one.wav.path(), one.name, hash});
    }
    (void)there_.folder().push(std::move(files), options_.setup.progress);
    (void)there_.wire().expect_script(kMakeResults, {there_.folder().at("results")});
    // One run for the clips of a language: the graphs are loaded once for all of them.
    std::map<std::string, std::vector<const SentClip*>> by_language;
    for (const SentClip& clip : sent) {
      by_language[clip.clip->language.value_or("")].push_back(&clip);
    }
    for (const auto& [language, group] : by_language) run_group(language, group, report);
    for (const SentClip& clip : sent) report.clips.push_back(take(clip));
  }

 private:
  void run_group(const std::string& language, const std::vector<const SentClip*>& group,
                 DeployReport& report) {
    tell(concat("transcribing on ", there_.wire().name()));
    const RemoteLimits limits{options_.most, std::uint64_t{256} << 20};
    const RemoteRun run = there_.wire().run(words_for(language, group), limits);
    if (run.exit_code != 0) {
      fail(ErrorKind::io, there_.wire().name(), ": transcribing there failed: ", ending(run));
    }
    const DeviceOutput output = parse_device_output(run.output, there_.wire().name());
    for (const DeviceTranscript& transcript : output.transcripts) {
      transcripts_[transcript.file] = transcript;
    }
    if (output.peak_kilobytes) {
      report.peak_kilobytes = std::max(report.peak_kilobytes.value_or(0), *output.peak_kilobytes);
    }
  }

  [[nodiscard]] std::vector<std::string> words_for(
      const std::string& language, const std::vector<const SentClip*>& group) const {
    std::vector<std::string> words{"sh", "-c", kMeasured, "sotto"};
    const auto add = [&](const std::vector<std::string>& more) {
      words.insert(words.end(), more.begin(), more.end());
    };
    add(there_.program_words("transcribe"));
    std::vector<std::string> seen;  // two clips of the same sound are one file there
    for (const SentClip* clip : group) {
      if (std::find(seen.begin(), seen.end(), clip->name) != seen.end()) continue;
      seen.push_back(clip->name);
      add({there_.folder().at(clip->name)});
    }
    add({"-m", there_.bundle(), "-o", there_.folder().at("results"), "-f", "json", "--json",
         "--quiet", "--beam_size", "None", "--best_of", "None"});
    add(there_.backend_words());
    const DecoderKind decoder = options_.setup.run.decoder;
    if (decoder != DecoderKind::automatic) {
      add({"--decoder", decoder == DecoderKind::kv ? "kv" : "full"});
    }
    if (!language.empty()) add({"--language", language});
    return words;
  }

  [[nodiscard]] DeployedClip take(const SentClip& sent) const {
    DeployedClip result;
    result.clip = *sent.clip;
    const auto found = transcripts_.find(there_.folder().at(sent.name));
    if (found == transcripts_.end()) {
      fail(ErrorKind::io, there_.wire().name(), ": ", sent.clip->audio.string(),
           ": expected a result of this clip, found none");
    }
    result.device = found->second;
    std::string name = sent.name.substr(sent.name.find('/'));
    name.replace(name.rfind('.'), std::string::npos, ".json");
    const ScratchFile file;
    there_.wire().fetch(there_.folder().at("results" + name), file.path(), kMostResult);
    const auto mapped = MappedFile::open(file.path());
    result.result.assign(reinterpret_cast<const char*>(mapped->bytes().data()),
                         mapped->bytes().size());
    return result;
  }

  void tell(const std::string& what) const {
    if (options_.setup.progress) options_.setup.progress(what);
  }

  const DeployedBundle& there_;
  const DeployOptions& options_;
  std::map<std::string, DeviceTranscript> transcripts_;  ///< by the device's names
};

/// What the device is compared with.
Model load_reference(const Bundle& bundle, const DeployOptions& options) {
  const ModelOptions how{options.against, options.against_options};
  if (options.checkpoint) return load_model(*options.checkpoint, how);
  const bool has_weights = holds_weights(bundle);
  if (options.against == "cpu" && !has_weights) {
    fail(ErrorKind::usage, bundle.folder().string(),
         ": has no TorchScript files, whose weights the cpu back end computes with: name the "
         "checkpoint with ",
         Option{"checkpoint"}, ", or compare with ", Option{"against", "litert"});
  }
  return load_model(bundle, how);
}

std::vector<TokenId> tokens_of(const Transcript& transcript) {
  std::vector<TokenId> tokens;
  for (const Segment& segment : transcript.segments) {
    tokens.insert(tokens.end(), segment.tokens.begin(), segment.tokens.end());
  }
  return tokens;
}

void compare(Model& model, DeployedClip& clip) {
  TranscribeOptions options;
  options.language = clip.clip.language;
  Transcriber transcriber(model);
  clip.here = transcriber.transcribe(clip.clip.audio, options);
  clip.here_times = transcriber.times();
  clip.parting = parting_of(tokens_of(clip.here), clip.device.tokens);
  const auto& segments = clip.here.segments;
  clip.times_match =
      std::equal(segments.begin(), segments.end(), clip.device.segments.begin(),
                 clip.device.segments.end(), [](const Segment& here, const auto& device) {
                   return here.start == device.first && here.end == device.second;
                 });
}

}  // namespace

double DeployedClip::real_time_factor() const {
  return device.audio_seconds > 0 ? device.total_time() / device.audio_seconds : 0;
}

bool DeployReport::passed() const {
  return std::none_of(clips.begin(), clips.end(),
                      [](const DeployedClip& clip) { return clip.parting.has_value(); });
}

std::optional<Parting> parting_of(const std::vector<TokenId>& here,
                                  const std::vector<TokenId>& device) {
  const auto [left, right] = std::mismatch(here.begin(), here.end(), device.begin(), device.end());
  if (left == here.end() && right == device.end()) return std::nullopt;
  Parting parting{static_cast<std::size_t>(left - here.begin()), {}, {}};
  if (left != here.end()) parting.here = *left;
  if (right != device.end()) parting.device = *right;
  return parting;
}

DeployReport deploy(std::shared_ptr<Wire> wire, const DeployOptions& options,
                    const std::vector<Clip>& clips) {
  const Bundle bundle = Bundle::open(options.bundle);
  std::optional<Model> reference;
  const auto tell = [&](const std::string& what) {
    if (options.setup.progress) options.setup.progress(what);
  };
  if (!clips.empty()) {  // what is missing here is found out before anything is sent
    tell("loading " + options.bundle.string());
    reference.emplace(load_reference(bundle, options));
  }
  const DeployedBundle there(std::move(wire), bundle, options.setup);
  DeployReport report;
  report.device = there.wire().name();
  report.folder = there.folder().path();
  report.model = bundle.manifest().model_name;
  report.backend = options.setup.run.backend;
  report.against = options.against;
  report.sent = there.sent();
  if (clips.empty()) return report;
  DeviceRunner(there, options).run(clips, report);
  for (DeployedClip& clip : report.clips) {
    tell(clip.clip.name() + " on " + options.against);
    compare(*reference, clip);
  }
  return report;
}

}  // namespace sotto
