#include "argument_table.h"

#include <limits>

#include "option_values.h"
#include "spelling.h"

namespace sotto::cli {
namespace {

using A = TranscribeArguments;
using S = SubtitleOptions;
using Topic = ArgumentTopic;
using Rows = std::vector<Argument>;

constexpr OptionEffect kOutputs = OptionEffect::outputs;
constexpr OptionEffect kNone = OptionEffect::none;

constexpr const char* kFlag = "";
constexpr const char* kIntegerOrNone = "INT|None";
constexpr OptionRange kThreads{0, 1024};
constexpr OptionRange kBoost{0, 100};
constexpr OptionRange kBatch{0, 64};
constexpr OptionRange kJobs{1, 64};
constexpr OptionRange kNotNegative{0, std::numeric_limits<double>::infinity()};

void add_input(Rows& rows) {
  rows.insert(rows.end(),
              {{{"pcm", Topic::input, "FORMAT",
                 "The recordings are samples without a header, in this form: s16le or f32le, the "
                 "rate, the number of channels, as in s16le,16000,1",
                 &A::pcm, kOutputs}}});
}

void add_model(Rows& rows) {
  constexpr Topic kTopic = Topic::model;
  rows.insert(
      rows.end(),
      {{{"backend", kTopic, "NAME",
         "What computes: cpu, torchscript, litert, neuron or mtk_converter", &A::backend,
         kOutputs}},
       {{"decoder", kTopic, "KIND",
         "full: every token runs the whole sequence; kv: the step and prefill graphs over a "
         "cache; auto: a cache where there is one",
         &A::decoder, kOutputs}},
       {{"check", kTopic, kFlag,
         "Compare every file of the bundle with the hash in its manifest first", &A::check, kNone}},
       {{"trust", kTopic, kFlag, kTrustHelp, &A::trust, kNone}},
       {{"litert", kTopic, "PATH",
         "LiteRT's folder or libLiteRt.so, where it is not found by itself", &A::litert, kNone}},
       {{"neuron", kTopic, "PATH",
         "MediaTek's libneuron_adapter.so or the like, where it is not found by itself", &A::neuron,
         kNone}},
       {{"soc", kTopic, "NAME",
         "The NPU that this device has, where the bundle is compiled for several", &A::soc, kNone}},
       {{"preference", kTopic, "KIND",
         "What the NPU is to spare: low_power, fast_answer, sustained_speed or turbo",
         &NpuOptions::preference, kNone}},
       {{"priority", kTopic, "KIND", "Before whose graphs the NPU runs these: low, medium or high",
         &NpuOptions::priority, kNone}},
       {{"boost", kTopic, "INT", "Of the NPU's frequency", &NpuOptions::boost, kNone, kBoost}},
       {{"threads", kTopic, "INT", "Threads on the CPU; 0 for one a core", &A::threads, kNone,
         kThreads}},
       {{"precision", kTopic, "KIND",
         "In what the cpu back end computes: f32 gives the reference's text; auto is the fastest "
         "that all but keeps it; bf16, int8",
         &A::precision, kOutputs}},
       {{"jobs", kTopic, "INT",
         concat("Recordings to write down at once, with one set of weights and their part of the "
                "threads; with ",
                Option{"batch"}, " so many batches"),
         &A::jobs, kNone, kJobs}},
       {{"alignment_heads", kTopic, "L:H,…",
         "Layers and heads that time words, where the model names none", &A::alignment_heads,
         kOutputs}},
       {{"device", kTopic, "cpu", concat("cpu; see ", Option{"backend"}), &A::device, kNone}},
       {{"fp16", kTopic, kSwitchType, "Accepted and without effect: the back end decides", &A::fp16,
         kNone}}});
}

void add_output(Rows& rows) {
  constexpr Topic kTopic = Topic::output;
  rows.insert(
      rows.end(),
      {{{"output_dir", kTopic, "FOLDER", "Where the files go, named after the recordings",
         &A::output_dir, kNone},
        'o'},
       {{"output_format", kTopic, "NAME", "txt, vtt, srt, tsv, json, all, or none for no files",
         &A::formats, kNone},
        'f'},
       {{"verbose", kTopic, kSwitchType, "Print what is said as soon as it is known", &A::verbose,
         kNone}},
       {{"json", kTopic, kFlag, "Print one JSON object per recording and line instead", &A::json,
         kNone}},
       {{"quiet", kTopic, kFlag, concat("Print nothing but errors (and ", Option{"json"}, ")"),
         &A::quiet, kNone}},
       {{"resume", kTopic, kFlag,
         "Leave out what an earlier run has finished with the same recording, model and options",
         &A::resume, kNone}}});
}

void add_listening(Rows& rows) {
  constexpr Topic kTopic = Topic::listening;
  rows.insert(
      rows.end(),
      {{{"vad", kTopic, kFlag, "Listen only where somebody speaks (Silero VAD)", &A::vad,
         kOutputs}},
       {{"vad_model", kTopic, "PATH", "Another silero_vad.jit than the one that set-up fetched",
         &A::vad_model, kOutputs}},
       {{"batch", kTopic, "INT",
         concat("Windows to decode at once, of one recording or of several, cut at pauses (Silero "
                "VAD, or ",
                Option{"clip_timestamps"}, ") and deaf to each other; 0 for one behind the other"),
         &A::batch, kOutputs, kBatch}}});
}

/// Outputs depend on the temperatures that become of these.
void add_temperature(Rows& rows) {
  constexpr Topic kTopic = Topic::temperature;
  rows.insert(rows.end(), {{{"temperature", kTopic, "NUMBER", "The first temperature to decode at",
                             &A::temperature, kNone}},
                           {{"temperature_increment_on_fallback", kTopic, "NUMBER|None",
                             "How much hotter each new attempt is, up to 1",
                             &A::temperature_increment, kNone}}});
}

void add_subtitles(Rows& rows) {
  constexpr Topic kTopic = Topic::subtitles;
  rows.insert(
      rows.end(),
      {{{"highlight_words", kTopic, kSwitchType,
         "Underline each word as it is spoken, in vtt and srt", &S::highlight_words, kOutputs}},
       {{"max_line_width", kTopic, kIntegerOrNone, "Characters of a line, in vtt and srt",
         &S::max_line_width, kOutputs, kNotNegative}},
       {{"max_line_count", kTopic, kIntegerOrNone,
         concat("Lines of a subtitle; needs ", Option{"max_line_width"}), &S::max_line_count,
         kOutputs, kNotNegative}},
       {{"max_words_per_line", kTopic, kIntegerOrNone, "Words of a subtitle",
         &S::max_words_per_line, kOutputs, kNotNegative}}});
}

Rows make_table() {
  Rows rows;
  add_input(rows);
  add_model(rows);
  add_output(rows);
  add_listening(rows);
  add_temperature(rows);
  add_subtitles(rows);
  return rows;
}

}  // namespace

std::span<const Argument> argument_table() {
  static const Rows table = make_table();
  return table;
}

}  // namespace sotto::cli
