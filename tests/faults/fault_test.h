#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cli/small_model.h"
#include "cli/sotto_process.h"

namespace sotto::test {

/// All that is in a folder: paths from there, and contents ("/" for a folder). Without what
/// compilers said, which is kept whatever happens.
using FolderState = std::map<std::string, std::string>;

[[nodiscard]] FolderState state_of(const std::filesystem::path& folder);

/// Makes a folder that again; others of its entries go.
void restore(const std::filesystem::path& folder, const FolderState& state);

/// For messages: the paths that differ.
[[nodiscard]] std::string difference(const FolderState& before, const FolderState& after);

/// A call of the program that goes wrong: see fault_library.cpp.
struct Fault {
  std::string kind;
  int number = 1;
  int error = 0;
  std::string cut = {};  ///< the file that is cut short instead
};

struct FaultyRun {
  ProgramRun run;
  bool reached = false;
  std::string call;  ///< what failed
};

/// A model that is a tenth of the others', two recordings, and an SDK with a compiler. What the
/// program may change lies in the folder work.
class FaultTest : public SmallModelTest {
 protected:
  void SetUp() override;

  [[nodiscard]] std::filesystem::path work() const { return folder_ / "work"; }
  [[nodiscard]] std::string in_work(const std::string& name) const {
    return (work() / name).string();
  }

  [[nodiscard]] FaultyRun run_with(const Fault& fault, const std::vector<std::string>& arguments);

  /// The same with other variables of the library, and in a shell's line with "$@" in it.
  [[nodiscard]] ProgramRun run_preloaded(const std::string& variables,
                                         const std::vector<std::string>& arguments,
                                         const std::string& before = "");

  void expect_success(const std::vector<std::string>& arguments);

  /// What the commands under test are: each changes `work` from one state to another.
  [[nodiscard]] std::vector<std::string> export_words(const std::string& model = "b.pt") const;
  [[nodiscard]] std::vector<std::string> convert_words() const;
  [[nodiscard]] std::vector<std::string> compile_words(const std::string& target = "mt8371") const;
  [[nodiscard]] std::vector<std::string> transcribe_words(
      const std::vector<std::string>& more = {}) const;

  /// Puts the state that a command begins with into `work`.
  void begin_export();
  void begin_convert();
  void begin_transcribe();
};

}  // namespace sotto::test
