#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "commands.h"
#include "core/base/error.h"
#include "message.h"
#include "progress.h"
#include "run/transcriber/plain_transcriber.h"
#include "run/transcriber/transcriber.h"

namespace sotto::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  sotto transcribe speech.mp3 -m base.pt
  sotto transcribe *.wav -m models/ --backend torchscript --language zh
  sotto transcribe interview.flac -m models/ --json | jq .text

A recording may last 30 seconds at most.)";

struct TranscribeArguments {
  std::vector<std::string> files;
  std::string model;
  std::string backend = "cpu";
  std::optional<std::string> language;
  bool json = false;
  bool quiet = false;
};

std::string json_line(const Transcription& result) {
  const nlohmann::ordered_json json = {{"audio_file", result.audio_file.string()},
                                       {"language", result.language},
                                       {"language_detected", result.language_detected},
                                       {"text", result.text},
                                       {"tokens", result.tokens},
                                       {"num_tokens", result.tokens.size()},
                                       {"audio_seconds", result.audio_seconds},
                                       {"audio_time", result.audio_time},
                                       {"encode_time", result.encode_time},
                                       {"decode_time", result.decode_time},
                                       {"total_time", result.total_time()}};
  // File names may hold bytes that are no UTF-8; JSON cannot.
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string output(const TranscribeArguments& arguments, const Transcription& result) {
  if (arguments.json) return json_line(result);
  if (arguments.files.size() == 1) return result.text + "\n";
  return result.audio_file.string() + ": " + result.text + "\n";
}

void run(const TranscribeArguments& arguments) {
  Progress progress(arguments.quiet ? Verbosity::quiet : Verbosity::normal);
  progress.show("loading " + arguments.model);
  Model model = Model::load(arguments.model, arguments.backend);
  TranscribeOptions options;
  options.language = arguments.language;
  check_options_for(model, options);
  PlainTranscriber transcriber(model);
  bool failed = false;
  for (const std::string& file : arguments.files) {
    progress.show("transcribing " + file);
    std::string text;
    try {
      text = output(arguments, transcriber.transcribe(file, {arguments.language, nullptr}));
    } catch (const Error& problem) {  // one bad recording does not stop the others
      progress.clear();
      print_error(problem.what());
      failed = true;
      continue;
    }
    progress.clear();
    print(text);
  }
  if (failed) throw CLI::RuntimeError(1);
}

}  // namespace

void add_transcribe_command(CLI::App& app) {
  auto arguments = std::make_shared<TranscribeArguments>();
  CLI::App* command = app.add_subcommand("transcribe", "Write down what recordings say");
  command->footer(kExamples);
  command->add_option("files", arguments->files, "Recordings, of any format that FFmpeg reads")
      ->required()
      ->type_name("FILE");
  command->add_option("-m,--model", arguments->model, "A bundle, or a checkpoint of any format")
      ->required()
      ->type_name("PATH");
  command->add_option("--backend", arguments->backend, "What computes: cpu or torchscript")
      ->type_name("NAME")
      ->capture_default_str();
  command
      ->add_option("--language", arguments->language,
                   "What is spoken, by code or name (en, zh, german); detected when not given")
      ->type_name("LANGUAGE");
  command->add_flag("--json", arguments->json, "One JSON object per recording and line");
  command->add_flag("--quiet", arguments->quiet, "No progress on the terminal");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace sotto::cli
