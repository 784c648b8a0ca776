#include <memory>
#include <string>

#include "batch.h"
#include "bundle_check.h"
#include "commands.h"
#include "core/base/error.h"
#include "inputs.h"
#include "job_description.h"
#include "loaded_model.h"
#include "message.h"
#include "process_setup.h"
#include "progress.h"
#include "recording_transcriber.h"
#include "transcribe_arguments.h"
#include "transcribe_output.h"

namespace sotto::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  sotto transcribe speech.mp3 -m base.pt                         all five files beside you
  sotto transcribe talk.mp4 -m models/ -o subtitles/ -f srt --word_timestamps --max_line_width 42
      --max_line_count 2                                         (one line)
  sotto transcribe calls/ 'more/*.ogg' -m models/ -o out/ --resume
  sotto transcribe *.wav -m models/ --backend torchscript --language zh
  sotto transcribe meeting.mp3 -m base.pt --batch 8                several windows at once
  arecord -q -f S16_LE -r 16000 -c 1 -t raw -d 10 | sotto transcribe - -m models/
      --pcm s16le,16000,1                                        (one line)
  ffmpeg -i talk.mkv -map 0:a:1 -f wav - | sotto transcribe - -m models/ -f none --json | jq .text

Options are those of openai/whisper's command line, with - or _ in their names. A switch without
a value is True.

A recording is finished when all its files are in place; each appears whole. A batch keeps a record
of what is finished in OUTPUT_DIR/.sotto, and --resume leaves out what is on record with the same
recording (name, size, time of change), model and options. So a batch that was killed loses the
recording it was at, and what changed is done again. Without --resume everything is done anew.
With --json a recording is finished when its line is printed too.)";

Batch batch_of(const TranscribeArguments& arguments) {
  Batch batch;
  batch.inputs = expand_inputs(arguments.inputs);
  batch.folder = arguments.output_dir;
  batch.formats = arguments.formats;
  batch.subtitles = arguments.subtitles;
  batch.job = describe_job(arguments);
  batch.resume = arguments.resume;
  check_outputs_differ(batch.inputs, batch.folder, batch.formats);
  check_output_names(batch);
  return batch;
}

void report_resumed(const BatchCount& count, const TranscribeArguments& arguments) {
  if (arguments.quiet || count.finished_before == 0) return;
  print_error(concat(count.finished_before, " of ",
                     count.finished_before + count.written + count.failed,
                     " recordings were finished before"));
}

/// What is safe so far, for whoever interrupts a batch.
void keep_count(const Batch& batch, std::size_t finished) {
  if (!keeps_records(batch)) return;
  say_when_interrupted(concat(finished, " of ", batch.inputs.size(),
                              " recordings are finished, and --resume goes on with the others"));
}

ModelOptions model_options(const TranscribeArguments& arguments) {
  BackendOptions how;
  how.threads = arguments.threads;
  how.precision = arguments.precision;
  how.litert = arguments.litert;
  how.neuron = arguments.neuron;
  how.soc = arguments.soc;
  how.npu = arguments.npu;
  return {arguments.backend, how, arguments.decoder, arguments.trust};
}

/// `checked` is the bundle, where the hashes of all of its files have been compared. Throws
/// CLI::RuntimeError where something was not written, once that has been said.
void transcribe_all(const Batch& batch, const TranscribeArguments& arguments,
                    const std::optional<Bundle>& checked, Progress& progress) {
  progress.show("loading " + arguments.model);
  const ModelOptions options = model_options(arguments);
  Model model = loaded_model(arguments.model, checked, options);
  if (!arguments.quiet) print_notes(model.notes());
  check_options_for(model, arguments.options);
  RecordingTranscriber transcriber(model, arguments);
  TranscribeOutput output(arguments, batch.inputs.size(), progress, model.device());

  BatchSteps steps;
  steps.transcribe = [&](const Input& input) {
    return transcriber.transcribe(input, output.begin(input));
  };
  steps.on_written = [&](const Input& input, const Transcript& transcript) {
    return output.finish(input, transcript, transcriber.times());
  };
  steps.on_finished = [&](std::size_t finished) { keep_count(batch, finished); };
  steps.on_failure = [&](const std::string& sentence) { output.fail(sentence); };
  const BatchCount count = run_batch(batch, steps);
  progress.clear();
  report_resumed(count, arguments);
  if (count.failed > 0 || !output.is_whole()) throw CLI::RuntimeError(1);
}

void run(TranscribeArguments& arguments) {
  complete(arguments);
  const Batch batch = batch_of(arguments);
  if (!arguments.quiet) {
    for (const std::string& warning : warnings_about(arguments)) print_error(warning);
  }
  Progress progress(arguments.quiet ? Verbosity::quiet : Verbosity::normal);
  std::optional<Bundle> checked;
  if (arguments.check) checked = checked_bundle(arguments.model, progress);
  if (is_finished(batch)) {  // then no model is needed
    report_resumed({0, 0, batch.inputs.size()}, arguments);
    return;
  }
  transcribe_all(batch, arguments, checked, progress);
}

}  // namespace

void add_transcribe_command(CLI::App& app) {
  auto arguments = std::make_shared<TranscribeArguments>();
  CLI::App* command = app.add_subcommand("transcribe", "Write down what recordings say");
  command->footer(kExamples);
  add_transcribe_options(*command, *arguments);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace sotto::cli
