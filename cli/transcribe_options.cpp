#include <algorithm>
#include <string>
#include <utility>

#include "core/base/error.h"
#include "option_values.h"
#include "run/transcriber/open_recording.h"
#include "spelling.h"
#include "transcribe_arguments.h"

namespace sotto::cli {
namespace {

constexpr const char* kInteger = "INT";
constexpr const char* kIntegerOrNone = "INT|None";
constexpr const char* kNumber = "NUMBER";
constexpr const char* kNumberOrNone = "NUMBER|None";

/// What an option looks like in --help.
struct Shown {
  const char* type;
  const char* standard;  ///< the default's text; empty for none
  const char* help;
};

/// Adds options to one group of the command.
class Group {
 public:
  Group(CLI::App& command, std::string name) : command_(command), name_(std::move(name)) {}

  /// An option whose word goes through `parse(flag, word)` into `target`.
  template <class Target, class Parse>
  void add(const std::string& names, Target& target, Parse parse, const Shown& shown) {
    const std::string flag = names.substr(names.rfind(',') + 1);
    CLI::Option* option = command_.add_option_function<std::string>(
        names, [&target, parse, flag](const std::string& word) { target = parse(flag, word); },
        shown.help);
    option->group(name_)->type_name(shown.type);
    if (*shown.standard != '\0') option->default_str(shown.standard);
  }

  void add_switch(const std::string& names, bool& target, const char* help) {
    add(names, target, parse_switch, {kSwitchType, target ? "True" : "False", help});
  }

  void add_flag(const std::string& names, bool& target, const char* help) {
    command_.add_flag(names, target, help)->group(name_);
  }

 private:
  CLI::App& command_;
  std::string name_;
};

std::string parse_text(const std::string& /*flag*/, const std::string& word) { return word; }

[[noreturn]] void refuse(const std::string& flag, const std::string& expected,
                         const std::string& found) {
  throw CLI::ValidationError(flag, concat("expected ", expected, ", found \"", found, "\""));
}

Task parse_task(const std::string& flag, const std::string& word) {
  if (word == "transcribe") return Task::transcribe;
  if (word != "translate") refuse(flag, "transcribe or translate", word);
  return Task::translate;
}

std::vector<OutputFormat> parse_formats(const std::string& flag, const std::string& word) {
  if (word == "all") return {kAllFormats.begin(), kAllFormats.end()};
  if (word == "none") return {};
  const auto* found = std::find_if(kAllFormats.begin(), kAllFormats.end(),
                                   [&](OutputFormat format) { return extension(format) == word; });
  if (found == kAllFormats.end()) refuse(flag, "txt, vtt, srt, tsv, json, all or none", word);
  return {*found};
}

std::int64_t parse_threads(const std::string& flag, const std::string& word) {
  constexpr std::int64_t kMost = 1024;
  const std::int64_t threads = parse_optional_integer(flag, word).value_or(0);
  if (threads < 0 || threads > kMost) refuse(flag, concat("0 to ", kMost), word);
  return threads;
}

std::uint64_t parse_seed(const std::string& flag, const std::string& word) {
  const std::int64_t seed = parse_integer(flag, word);
  if (seed < 0) refuse(flag, "0 or more", word);
  return static_cast<std::uint64_t>(seed);
}

DecoderKind parse_decoder(const std::string& flag, const std::string& word) {
  if (word == "auto") return DecoderKind::automatic;
  if (word == "full") return DecoderKind::full;
  if (word == "kv") return DecoderKind::kv;
  refuse(flag, "auto, full or kv", word);
}

std::optional<PcmFormat> parse_pcm(const std::string& /*flag*/, const std::string& word) {
  return parse_pcm_format(word);
}

std::string parse_device(const std::string& flag, const std::string& word) {
  if (word == "cpu") return word;
  throw CLI::ValidationError(
      flag, concat("expected cpu, found \"", word, "\": what computes is chosen with --backend"));
}

void add_inputs(CLI::App& command, TranscribeArguments& arguments) {
  const std::string kinds = reads_media() ? "of any format that FFmpeg reads" : "in WAV files";
  command
      .add_option("inputs", arguments.inputs,
                  "Recordings " + kinds +
                      "; folders of them; quoted patterns such as 'calls/*.mp3'; - for standard "
                      "input")
      ->required()
      ->type_name("FILE");
  Group(command, "Input")
      .add("--pcm", arguments.pcm, parse_pcm,
           {"FORMAT", "",
            "The recordings are samples without a header, in this form: s16le or f32le, the rate, "
            "the number of channels, as in s16le,16000,1"});
  command.add_option("-m,--model", arguments.model, "A bundle, or a checkpoint of any format")
      ->required()
      ->type_name("PATH")
      ->group("Model");
  Group group(command, "Model");
  group.add("--backend", arguments.backend, parse_text,
            {"NAME", "cpu", "What computes: cpu, torchscript, litert or mtk"});
  group.add("--decoder", arguments.decoder, parse_decoder,
            {"KIND", "auto",
             "full: every token runs the whole sequence; kv: the step and prefill graphs over a "
             "cache; auto: a cache where there is one"});
  group.add_flag("--check", arguments.check,
                 "Compare every file of the bundle with the hash in its manifest first");
  command
      .add_flag_callback(
          "--trust", [&arguments] { arguments.trust = Trust::any_files; }, kTrustHelp)
      ->group("Model");
  group.add("--litert", arguments.litert, parse_text,
            {"PATH", "", "LiteRT's folder or libLiteRt.so, where it is not found by itself"});
  group.add("--threads", arguments.threads, parse_threads,
            {kInteger, "0", "Threads on the CPU; 0 for one a core"});
  group.add("--alignment_heads", arguments.alignment_heads, parse_pairs,
            {"L:H,…", "", "Layers and heads that time words, where the model names none"});
  group.add("--device", arguments.device, parse_device, {"cpu", "cpu", "cpu; see --backend"});
  group.add_switch("--fp16", arguments.fp16, "Accepted and without effect: the back end decides");
}

void add_outputs(CLI::App& command, TranscribeArguments& arguments) {
  Group group(command, "Output");
  group.add("-o,--output_dir", arguments.output_dir, parse_text,
            {"FOLDER", ".", "Where the files go, named after the recordings"});
  group.add("-f,--output_format", arguments.formats, parse_formats,
            {"NAME", "all", "txt, vtt, srt, tsv, json, all, or none for no files"});
  group.add_switch("--verbose", arguments.verbose, "Print what is said as soon as it is known");
  group.add_flag("--json", arguments.json, "Print one JSON object per recording and line instead");
  group.add_flag("--quiet", arguments.quiet, "Print nothing but errors (and --json)");
  group.add_flag("--resume", arguments.resume,
                 "Leave out what an earlier run has finished with the same recording, model and "
                 "options");
}

void add_decoding(CLI::App& command, TranscribeArguments& arguments) {
  Group group(command, "Speech");
  TranscribeOptions& options = arguments.options;
  group.add("--language", options.language, parse_optional_text,
            {"NAME|None", "None", "What is spoken, by code or name; detected without"});
  group.add("--task", options.decoding.task, parse_task,
            {"NAME", "transcribe", "transcribe, or translate to English"});
  group.add("--initial_prompt", options.initial_prompt, parse_optional_text,
            {"TEXT", "", "What the first window takes for said before: names, words, style"});
  group.add_switch("--carry_initial_prompt", options.carry_initial_prompt,
                   "Put the initial prompt before every window");
  group.add_switch("--condition_on_previous_text", options.condition_on_previous_text,
                   "Show each window what was said before");
  group.add("--prefix", options.prefix, parse_optional_text,
            {"TEXT", "", "What every window begins with"});
  group.add("--clip_timestamps", options.clip_timestamps, parse_numbers,
            {"SECONDS,…", "0", "Stretches to listen to: start,end,start,end,…"});
  group.add_flag("--vad", arguments.vad, "Listen only where somebody speaks (Silero VAD)");
  group.add("--vad_model", arguments.vad_model, parse_optional_text,
            {"PATH", "", "Another silero_vad.jit than the one that set-up fetched"});
}

void add_sampling(CLI::App& command, TranscribeArguments& arguments) {
  Group group(command, "Decoding");
  DecodeOptions& decoding = arguments.options.decoding;
  group.add("--temperature", arguments.temperature, parse_number,
            {kNumber, "0", "The first temperature to decode at"});
  group.add("--temperature_increment_on_fallback", arguments.temperature_increment,
            parse_optional_number,
            {kNumberOrNone, "0.2", "How much hotter each new attempt is, up to 1"});
  group.add("--beam_size", decoding.beam_size, parse_optional_integer,
            {kIntegerOrNone, "5", "Beams, at temperature 0"});
  group.add("--best_of", decoding.best_of, parse_optional_integer,
            {kIntegerOrNone, "5", "Samples to choose from, above temperature 0"});
  group.add("--patience", decoding.patience, parse_optional_number,
            {kNumberOrNone, "None", "Beams to finish, as a multiple of --beam_size"});
  group.add("--length_penalty", decoding.length_penalty, parse_optional_number,
            {kNumberOrNone, "None", "Exponent, 0 to 1; without it scores are divided by length"});
  group.add("--suppress_tokens", decoding.suppress_tokens, parse_tokens,
            {"ID,…", "-1", "Tokens never to write; -1 for symbols that nobody speaks"});
  group.add_switch("--without_timestamps", decoding.without_timestamps,
                   "Decode text alone, a segment for each window");
  group.add("--max_initial_timestamp", decoding.max_initial_timestamp, parse_optional_number,
            {kNumberOrNone, "1.0", "Seconds within which a window's first segment begins"});
  group.add("--sample_len", decoding.sample_len, parse_optional_integer,
            {kIntegerOrNone, "None", "The most tokens of a window; half the context without"});
  group.add("--seed", decoding.seed, parse_seed,
            {kInteger, "0", "Of the sampling above temperature 0"});
}

void add_thresholds(CLI::App& command, TranscribeArguments& arguments) {
  Group group(command, "When to try again, and what to take for silence");
  TranscribeOptions& options = arguments.options;
  group.add("--compression_ratio_threshold", options.compression_ratio_threshold,
            parse_optional_number, {kNumberOrNone, "2.4", "Text that repeats itself more fails"});
  group.add("--logprob_threshold", options.logprob_threshold, parse_optional_number,
            {kNumberOrNone, "-1.0", "Text that is less likely, on average, fails"});
  group.add("--no_speech_threshold", options.no_speech_threshold, parse_optional_number,
            {kNumberOrNone, "0.6", "Above it, unlikely text counts as silence"});
  group.add("--hallucination_silence_threshold", options.hallucination_silence_threshold,
            parse_optional_number,
            {kNumberOrNone, "None", "Seconds of silence around what looks made up, to skip it"});
}

void add_words(CLI::App& command, TranscribeArguments& arguments) {
  Group group(command, "Words (all but the first need it)");
  TranscribeOptions& options = arguments.options;
  SubtitleOptions& subtitles = arguments.subtitles;
  group.add_switch("--word_timestamps", options.word_timestamps, "Time every word");
  group.add("--prepend_punctuations", options.prepend_punctuations, parse_text,
            {"TEXT", "", "Punctuation that goes with the word after it"});
  group.add("--append_punctuations", options.append_punctuations, parse_text,
            {"TEXT", "", "Punctuation that goes with the word before it"});
  group.add_switch("--highlight_words", subtitles.highlight_words,
                   "Underline each word as it is spoken, in vtt and srt");
  group.add("--max_line_width", subtitles.max_line_width, parse_optional_integer,
            {kIntegerOrNone, "None", "Characters of a line, in vtt and srt"});
  group.add("--max_line_count", subtitles.max_line_count, parse_optional_integer,
            {kIntegerOrNone, "None", "Lines of a subtitle; needs --max_line_width"});
  group.add("--max_words_per_line", subtitles.max_words_per_line, parse_optional_integer,
            {kIntegerOrNone, "None", "Words of a subtitle"});
}

}  // namespace

void add_transcribe_options(CLI::App& command, TranscribeArguments& arguments) {
  constexpr std::int64_t kRows = 5;  // the reference's command line has them, its library has not
  arguments.options.decoding.beam_size = kRows;
  arguments.options.decoding.best_of = kRows;
  add_inputs(command, arguments);
  add_outputs(command, arguments);
  add_decoding(command, arguments);
  add_sampling(command, arguments);
  add_thresholds(command, arguments);
  add_words(command, arguments);
}

}  // namespace sotto::cli
