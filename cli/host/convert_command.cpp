#include <filesystem>
#include <memory>
#include <string>

#include "commands.h"
#include "core/base/error.h"
#include "host/waiting_note.h"
#include "message.h"
#include "model/checkpoint/checkpoint.h"
#include "model/checkpoint/openai_writer.h"
#include "model/schema/weights.h"
#include "progress.h"
#include "shown.h"
#include "table.h"

namespace sotto::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  sotto convert whisper-tiny/ tiny.pt       a Hugging Face folder
  sotto convert faster-whisper-base/ base.pt   a CTranslate2 folder
  sotto convert models/ base.pt             what a bundle was exported from
  sotto convert lora/ merged.pt --base base.pt   a LoRA, merged into its base

Values and their types stay as they are; openai/whisper loads the result.)";

struct ConvertArguments {
  std::string source;
  std::string base;
  std::string target;
  bool quiet = false;
};

void run(const ConvertArguments& arguments) {
  Progress progress(arguments.quiet ? Verbosity::quiet : Verbosity::normal);
  const Checkpoint checkpoint = read_checkpoint({arguments.source, arguments.base});
  progress.show("writing " + arguments.target);
  write_openai_checkpoint(checkpoint, arguments.target, waiting_note(arguments.target, progress));
  progress.clear();
  if (arguments.quiet) return;
  print_notes(checkpoint.notes);
  const auto bytes = static_cast<double>(std::filesystem::file_size(arguments.target));
  print(concat(shown_on_a_line(arguments.target), ": ",
               size_name(checkpoint.dims).value_or("Whisper"), ", ", checkpoint.tensors.size(),
               " tensors, ", byte_size(bytes), "\n"));
}

}  // namespace

void add_convert_command(CLI::App& app) {
  auto arguments = std::make_shared<ConvertArguments>();
  CLI::App* command =
      app.add_subcommand("convert", "Write a checkpoint of any format as OpenAI's .pt");
  command->footer(kExamples);
  command
      ->add_option("source", arguments->source,
                   "A checkpoint of any format, a bundle or an adapter")
      ->required()
      ->type_name("SOURCE");
  command->add_option("target", arguments->target, "The file to write, replacing one of that name")
      ->required()
      ->type_name("OUT.pt");
  command
      ->add_option("--base", arguments->base,
                   "Where the source is an adapter (a folder of PEFT's), what it is merged into")
      ->type_name("PATH");
  command->add_flag("--quiet", arguments->quiet, "Say nothing unless something is wrong");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace sotto::cli
