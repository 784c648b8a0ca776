#include <algorithm>
#include <exception>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "commands.h"
#include "core/base/error.h"
#include "message.h"
#include "process_setup.h"
#include "spelling.h"

namespace sotto::cli {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;

#ifdef SOTTO_COMPILE
constexpr const char* kExamples = R"(Examples:
  sotto export base.pt -o models/                      checkpoint -> files for the NPU
  sotto check models/ --target mt8371                  will the NPU's compilers take them
  sotto verify models/ --checkpoint base.pt a.wav:en   prove them against the checkpoint
  sotto transcribe speech.mp3 -m models/               write down what is said
  sotto inspect models/                                what is in there
  sotto compile models/ --target mt8371 --toolchain ncc    TFLite -> DLA
  sotto convert whisper-tiny/ tiny.pt                  any format -> OpenAI's .pt
  sotto bench -m base.pt                               how fast it runs here
  sotto doctor models/                                 what this machine's NPU makes of them

`sotto COMMAND --help` tells more about each.)";
#else
constexpr const char* kExamples = R"(Examples:
  sotto transcribe speech.wav -m models/                 write down what is said
  arecord -f S16_LE -r 16000 -t raw -d 30 | sotto transcribe --pcm s16le,16000,1 - -m models/
  sotto doctor models/                                   what this device's NPU makes of them

`sotto COMMAND --help` tells more. Bundles are made on a host, by a build with all commands.)";
#endif

/// The subcommand that the user typed, for the hint in a usage error; empty before there is one.
std::string chosen_command(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? "" : " " + chosen.front()->get_name();
}

int report(const std::string& sentence, int code) {
  print_error(sentence);
  return code;
}

int usage_error(const CLI::App& app, std::string problem) {
  if (app.get_subcommands().empty()) {
    const auto unknown = app.remaining();
    problem = unknown.empty() ? "expected a command"
                              : "expected a command, found \"" + unknown.front() + "\"";
  }
  // CLI11 puts some of its messages on several lines; a sentence stays on one.
  std::string line = problem.substr(0, problem.find('\n'));
  return report(line + " (try `sotto" + chosen_command(app) + " --help`)", kUsage);
}

void add_commands(CLI::App& app) {
  app.set_version_flag("--version", "sotto " SOTTO_VERSION, "Show the version and exit");
  app.require_subcommand(1);
  app.footer(kExamples);
  add_transcribe_command(app);
  add_serve_graphs_command(app);
#ifdef SOTTO_NEURON
  add_doctor_command(app);
#endif
#ifdef SOTTO_COMPILE
  add_export_command(app);
  add_check_command(app);
  add_verify_command(app);
  add_inspect_command(app);
  add_compile_command(app);
  add_compile_graph_command(app);
  add_deploy_command(app);
  add_convert_command(app);
  add_bench_command(app);
#endif
}

/// Options spelled as the command knows them; CLI11 takes words from the back.
void parse(CLI::App& app, std::vector<std::string> words) {
  for (const CLI::App* command : app.get_subcommands([](CLI::App* /*any*/) { return true; })) {
    if (words.empty() || words.front() != command->get_name()) continue;
    std::vector<std::string> rest = spelled_for(*command, {words.begin() + 1, words.end()});
    rest.insert(rest.begin(), words.front());
    words = std::move(rest);
    break;
  }
  std::reverse(words.begin(), words.end());
  app.parse(std::move(words));
}

/// Help or the version, which CLI11 would print without looking whether it can.
int show(const CLI::App& app, const CLI::Success& wanted) {
  std::ostringstream text;
  const int code = app.exit(wanted, text, text);
  print(text.str());
  return code;
}

int run(int argc, char** argv) {
  if (argc < 1) return report("expected a command", kUsage);
  CLI::App app("Whisper for MediaTek NPUs: export, verify and run a checkpoint.", "sotto");
  add_commands(app);
  try {
    parse(app, {argv + 1, argv + argc});
    return 0;
  } catch (const CLI::Success& shown) {  // --help, --version
    return show(app, shown);
  } catch (const CLI::RuntimeError& failed) {  // a callback that has said why
    return failed.get_exit_code();
  } catch (const CLI::ParseError& problem) {
    return usage_error(app, problem.what());
  } catch (const Error& problem) {
    return report(problem.message(), problem.kind() == ErrorKind::usage ? kUsage : kFailed);
  }
}

int run_and_report(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    return report("out of memory", kFailed);
  } catch (const std::exception& defect) {
    return report(defect.what(), kFailed);
  }
}

}  // namespace
}  // namespace sotto::cli

int main(int argc, char** argv) {
  sotto::cli::set_up_process();
  const int code = sotto::cli::run_and_report(argc, argv);
  sotto::cli::wait_for_output();  // for ever, where a signal ends the process
  return code;
}
