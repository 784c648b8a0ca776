#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>

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
#include "run/backends/threads.h"
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
  sotto transcribe meeting.mp3 calls/ -m base.pt --batch 8         several windows at once
  sotto transcribe calls/ -m base.pt -o out/ --jobs 4              several recordings at once
  arecord -q -f S16_LE -r 16000 -c 1 -t raw -d 10 | sotto transcribe - -m models/
      --pcm s16le,16000,1                                        (one line)
  ffmpeg -i talk.mkv -map 0:a:1 -f wav - | sotto transcribe - -m models/ -f none --json | jq .text

Options are those of openai/whisper's command line, with - or _ in their names. A switch without
a value is True.

A recording is finished when all its files are in place; each appears whole. A batch keeps a record
of what is finished in OUTPUT_DIR/.sotto, and --resume leaves out what is on record with the same
recording (name, size, time of change), model and options. So a batch that was killed loses
what it was at, and what changed is done again. Without --resume everything is done anew. With --jobs
and --batch all is said in the order of the recordings, whichever is done first.
With --json a recording is finished when its line is printed too.)";

Batch batch_of(const TranscribeArguments& arguments) {
  Batch batch;
  batch.inputs = expand_inputs(arguments.inputs);
  batch.folder = arguments.output_dir;
  batch.formats = arguments.formats;
  batch.subtitles = arguments.subtitles;
  batch.job = describe_job(arguments);
  batch.resume = arguments.resume;
  // Each of the windows that a model decodes at once may be of another recording.
  const std::int64_t at_once = arguments.jobs * std::max<std::int64_t>(1, arguments.batch);
  batch.jobs = std::min(static_cast<std::size_t>(at_once), batch.inputs.size());
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

/// Each of several models has its part of the threads.
ModelOptions model_options(const TranscribeArguments& arguments, std::size_t models) {
  BackendOptions how;
  how.threads = arguments.threads;
  how.precision = arguments.precision;
  if (models > 1) {
    how.threads = std::max<std::int64_t>(
        1, thread_count(arguments.threads) / static_cast<std::int64_t>(models));
  }
  how.litert = arguments.litert;
  how.neuron = arguments.neuron;
  how.soc = arguments.soc;
  how.npu = arguments.npu;
  return {arguments.backend, how, arguments.decoder, arguments.trust};
}

/// One a job that has something to do.
std::size_t model_count(const Batch& batch, const TranscribeArguments& arguments) {
  return std::min(static_cast<std::size_t>(arguments.jobs), batch.inputs.size());
}

/// Models that share their weights, and what writes down recordings with them: one a model, or as
/// many as there are recordings whose windows a model decodes at once.
class Workers {
 public:
  Workers(Model first, const Batch& batch, const TranscribeArguments& arguments) {
    const std::size_t models = model_count(batch, arguments);
    models_.push_back(std::move(first));
    while (models_.size() < models) models_.push_back(models_.front().sibling());
    for (Model& model : models_) transcribers_.emplace_back(model, arguments);
    while (transcribers_.size() < batch.jobs) {
      transcribers_.push_back(transcribers_[transcribers_.size() - models].beside());
    }
  }

  [[nodiscard]] RecordingTranscriber& operator[](std::size_t worker) {
    return transcribers_.at(worker);
  }

 private:
  std::deque<Model> models_;
  std::deque<RecordingTranscriber> transcribers_;
};

/// `checked` is the bundle, where the hashes of all of its files have been compared. Throws
/// CLI::RuntimeError where something was not written, once that has been said.
void transcribe_all(const Batch& batch, const TranscribeArguments& arguments,
                    const std::optional<Bundle>& checked, Progress& progress) {
  progress.show("loading " + arguments.model);
  Model model = loaded_model(arguments.model, checked,
                             model_options(arguments, model_count(batch, arguments)));
  if (!arguments.quiet) print_notes(model.notes());
  if (!arguments.quiet && arguments.precision == Precision::automatic) {
    print_error("precision auto: " + model.precision());
  }
  check_options_for(model, arguments.options);
  TranscribeOutput output(arguments, batch.inputs.size(), progress, model.device());
  Workers workers(std::move(model), batch, arguments);

  BatchSteps steps;
  steps.begin = [&](const Input& input) { return output.begin(input); };
  steps.transcribe = [&](const BatchTask& task) { return workers[task.worker].transcribe(task); };
  steps.on_written = [&](const Input& input, const WrittenDown& written) {
    return output.finish(input, written.transcript, written.times);
  };
  steps.on_note = [&](const std::string& sentence) { output.note(sentence); };
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
