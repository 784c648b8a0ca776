#include "faults/fault_test.h"

#include <fstream>
#include <string_view>

#include "support/files.h"

namespace sotto::test {

namespace fs = std::filesystem;

FolderState state_of(const fs::path& folder) {
  FolderState state;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).string();
    if (name.starts_with("models.logs")) continue;
    state[name] = entry.is_directory() ? "/" : read_file(entry.path());
  }
  return state;
}

void restore(const fs::path& folder, const FolderState& state) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  for (const auto& [name, content] : state) {
    if (content == "/") {
      fs::create_directory(folder / name);
    } else {
      write_file(folder / name, content);
    }
  }
}

std::string difference(const FolderState& before, const FolderState& after) {
  std::string text;
  for (const auto& [name, content] : before) {
    const auto same = after.find(name);
    if (same == after.end()) {
      text += concat(name, " is gone; ");
    } else if (same->second != content) {
      text += concat(name, " has changed; ");
    }
  }
  for (const auto& [name, content] : after) {
    if (!before.contains(name)) text += concat(name, " is new; ");
  }
  return text;
}

void FaultTest::SetUp() {
  if (std::string_view(SOTTO_FAULT_PRELOAD).empty()) {
    GTEST_SKIP() << "this sanitizer takes over the functions that the fault library would";
  }
  SmallModelTest::SetUp();
  if (IsSkipped()) return;
  const WhisperDims dims{80, 50, 16, 2, 1, 51865, 16, 16, 2, 1};
  write_model("a.pt", dims, 1);
  write_model("b.pt", dims, 2);
  fs::create_directory(work());
  for (const char* name : {"r0.wav", "r1.wav"}) fs::copy_file(path("tone.wav"), path(name));
  fs::create_directories(folder_ / "sdk/host/bin");
  const fs::path tool = folder_ / "sdk/host/bin/ncc-tflite";
  write_file(tool,
             "#!/bin/sh\n[ \"$1\" = --version ] && echo 'version 8' && exit\n"
             "while [ \"$1\" != --dla-file ]; do shift; done\necho DLA >\"$2\"\n");
  fs::permissions(tool, fs::perms::owner_all);
}

ProgramRun FaultTest::run_preloaded(const std::string& variables,
                                    const std::vector<std::string>& arguments,
                                    const std::string& before) {
  return run_sotto_in_shell(
      concat(before, "exec env LD_PRELOAD=" SOTTO_FAULT_PRELOAD, " ", variables, " \"$@\""),
      arguments);
}

FaultyRun FaultTest::run_with(const Fault& fault, const std::vector<std::string>& arguments) {
  const std::string log = path("fault.log");
  fs::remove(log);
  std::string variables = concat("SOTTO_FAULT_LOG=", log, " SOTTO_FAULT=", fault.kind, ':',
                                 fault.number, ':', fault.error);
  if (!fault.cut.empty()) variables += " SOTTO_FAULT_CUT=" + fault.cut;
  FaultyRun result;
  result.run = run_preloaded(variables, arguments);
  result.reached = fs::exists(log);
  if (result.reached) result.call = read_file(log);
  return result;
}

void FaultTest::expect_success(const std::vector<std::string>& arguments) {
  const ProgramRun run = run_sotto(arguments);
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_EQ(run.errors, "");
}

std::vector<std::string> FaultTest::export_words(const std::string& model) const {
  return {"export", path(model), "-o",     in_work("models"), "--name",
          "quick",  "--format",  "tflite", "--quiet"};
}

std::vector<std::string> FaultTest::convert_words() const {
  return {"convert", path("b.pt"), in_work("c.pt"), "--quiet"};
}

std::vector<std::string> FaultTest::compile_words(const std::string& target) const {
  return {"compile", in_work("models"), "--target",  target,   "--toolchain",
          "ncc",     "--sdk",           path("sdk"), "--quiet"};
}

std::vector<std::string> FaultTest::transcribe_words(const std::vector<std::string>& more) const {
  std::vector<std::string> words{"transcribe",
                                 path("r0.wav"),
                                 path("r1.wav"),
                                 "-m",
                                 path("b.pt"),
                                 "-o",
                                 in_work("out"),
                                 "--quiet",
                                 "--language",
                                 "en",
                                 "--temperature_increment_on_fallback",
                                 "None",
                                 "--sample_len",
                                 "2"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

void FaultTest::begin_export() { expect_success(export_words("a.pt")); }

void FaultTest::begin_convert() { write_file(work() / "c.pt", "old"); }

void FaultTest::begin_transcribe() {
  fs::create_directory(work() / "out");
  for (const char* name : {"r0", "r1"}) {
    for (const char* ending : {".txt", ".vtt", ".srt", ".tsv", ".json"}) {
      write_file(work() / "out" / concat(name, ending), "old\n");
    }
  }
}

}  // namespace sotto::test
