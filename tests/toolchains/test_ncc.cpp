#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compile/toolchains/ncc_tflite.h"
#include "core/base/error.h"
#include "fake_tool.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

using testing::HasSubstr;

/// An SDK with a fake ncc-tflite in it.
class Ncc : public testing::Test {
 protected:
  void SetUp() override {
    ::unsetenv("MTK_NEURON_SDK");
    std::filesystem::create_directories(sdk() / "neuron_sdk/host/lib");
    write_fake_tool(program(), "exit 0");
    write_file(input_, "not looked at");
  }

  [[nodiscard]] std::filesystem::path sdk() const { return folder_ / "sdk"; }
  [[nodiscard]] std::filesystem::path program() const {
    return sdk() / "neuron_sdk/host/bin/ncc-tflite";
  }
  [[nodiscard]] NccOptions options() const { return {sdk(), {}}; }

  /// Compiles with a tool that does this.
  void compile(const std::string& script) {
    write_fake_tool(program(), script);
    const Command command =
        ncc_command(find_ncc(options()), find_target("mt8371"), input_, output_, options());
    compile_with_ncc(command, input_, output_, log_);
  }

  /// The same with a tool that fails; what is said of it.
  std::string failure(const std::string& script) {
    std::string sentence = expect_error(ErrorKind::unsupported, "", [&] { compile(script); });
    EXPECT_THAT(sentence, HasSubstr(input_.string()));
    EXPECT_THAT(sentence, HasSubstr(log_.string()));
    return sentence;
  }

  TempFolder folder_;
  std::filesystem::path input_ = folder_ / "in.tflite", output_ = folder_ / "out.dla",
                        log_ = folder_ / "logs/in.log";
};

TEST_F(Ncc, GetsTheFlagsOfTheTargetsTable) {
  compile("echo DLA >" + output_.string());
  EXPECT_EQ(read_file(program().parent_path() / "arguments.txt"),
            concat("--arch=mdla5.3,edma3.6\n--l1-size-kb=256\n--num-mdla=1\n--relax-fp32\n"
                   "--opt-accuracy\n--opt-footprint\n--dla-file\n",
                   output_.string(), "\n", input_.string(), "\n"));
  EXPECT_THAT(read_file(program().parent_path() / "library_path.txt"),
              HasSubstr((sdk() / "neuron_sdk/host/lib").string()));
}

TEST_F(Ncc, PutsExtraFlagsBeforeTheFiles) {
  NccOptions extra = options();
  extra.extra = {"-O3", "--disallow-bridge"};
  const auto command = ncc_command(program(), find_target("mt6991"), input_, output_, extra);
  EXPECT_THAT(to_string(command), HasSubstr("--opt-footprint -O3 --disallow-bridge --dla-file"));
  EXPECT_THAT(to_string(command),
              HasSubstr("--arch=mdla5.5,edma3.6 --l1-size-kb=7168 --num-mdla=4"));
}

TEST_F(Ncc, PassesNoFlagsThatAreNotPublic) {
  const auto command = ncc_command(program(), find_target("Genio 700"), input_, output_, options());
  EXPECT_THAT(to_string(command), HasSubstr("--arch=mdla3.0 --relax-fp32"));
}

TEST_F(Ncc, KeepsWhatTheToolSays) {
  compile("echo compiling; echo DLA >" + output_.string());
  EXPECT_THAT(read_file(log_), HasSubstr("compiling\n"));
  EXPECT_THAT(read_file(log_), HasSubstr("--dla-file"));
}

TEST_F(Ncc, TellsWhatToDoAboutEveryKnownFailure) {
  EXPECT_THAT(failure("echo 'ERROR: NEURON_UNMAPPABLE'; exit 1"), HasSubstr("4500 operators"));
  EXPECT_THAT(failure("echo 'Unsupported op: GATHER'; exit 1"), HasSubstr("sotto check"));
  EXPECT_THAT(failure("echo 'Unsupported arch mdla9'; exit 1"), HasSubstr("SDK of the target"));
  EXPECT_THAT(failure("echo 'x: error while loading shared libraries: y' >&2; exit 127"),
              HasSubstr("root with sdk, so"));
  EXPECT_THAT(failure("echo 'op MTKEXT_GELU is not known'; exit 1"), HasSubstr("from one SDK"));
  EXPECT_THAT(failure("echo 'std::bad_alloc'; exit 1"), HasSubstr("memory ran out"));
}

TEST_F(Ncc, QuotesTheTellingLineOfAnUnknownFailure) {
  EXPECT_THAT(failure("echo first; echo 'Error: the moon is full'; echo bye; exit 7"),
              HasSubstr("it ended with exit code 7: Error: the moon is full"));
  EXPECT_THAT(failure("exit 7"), HasSubstr("exit code 7 and said nothing"));
  EXPECT_THAT(failure("kill -11 $$"), HasSubstr("ended by signal 11"));
  EXPECT_THAT(failure("exit 255"), HasSubstr("it ended with exit code 255"));
}

TEST_F(Ncc, IsNotRunWhereItsLogHasNoPlace) {
  write_fake_tool(program(), "touch \"$here/ran\"");
  write_file(folder_ / "logs", "no folder");
  const Command command = ncc_command(program(), find_target("mt8371"), input_, output_, options());
  EXPECT_THAT(refusal_of([&] { compile_with_ncc(command, input_, output_, log_); }),
              HasSubstr("logs: cannot be made: "));
  EXPECT_FALSE(std::filesystem::exists(program().parent_path() / "ran"));
}

TEST_F(Ncc, IsNotBelievedWithoutADla) {
  EXPECT_THAT(failure("exit 0"), HasSubstr("wrote no DLA"));
  EXPECT_THAT(failure(": >" + output_.string()), HasSubstr("its DLA is empty"));
}

TEST_F(Ncc, SaysItsVersion) {
  write_fake_tool(program(), "echo 'Neuron compiler'; echo 'version 8.2.26'");
  EXPECT_EQ(ncc_version(program()), "version 8.2.26");
  write_fake_tool(program(), "echo 'unknown flag 1'; exit 1");
  EXPECT_EQ(ncc_version(program()), "");
}

TEST_F(Ncc, SaysWhereItWasLookedFor) {
  std::filesystem::remove(program());
  try {
    (void)find_ncc(options());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_THAT(error.what(), HasSubstr("NeuroPilot SDK"));
    EXPECT_THAT(error.what(), HasSubstr((sdk() / "neuron_sdk").string()));
  }
}

TEST_F(Ncc, RefusesTargetsThatItCannotCompileFor) {
  for (const char* name : {"mt8395", "mt8188"}) {
    try {
      (void)ncc_command(program(), find_target(name), input_, output_, options());
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
      EXPECT_THAT(error.what(), HasSubstr(name));
    }
  }
}

}  // namespace
}  // namespace sotto::test
