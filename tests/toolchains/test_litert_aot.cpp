#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compile/toolchains/litert_aot.h"
#include "core/base/error.h"
#include "fake_tool.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

using testing::HasSubstr;

// What the plugin says when all is well with the host library.
constexpr const char* kLoaded =
    "echo 'INFO: Loading MediaTek NeuronAdapter .so from: libneuron_adapter.so'\n"
    "echo 'INFO: [neuron_adapter_api.cc:283] Neuron api version: 8.2.26'\n";
constexpr const char* kWhole =
    "echo 'Partitioned subgraph<0>, selected 9 ops, from a total of 9 ops. resulted in 1 "
    "partitions.'\n";

/// LiteRT's package with a fake driver in it, and host libraries beside it.
class LitertAot : public testing::Test {
 protected:
  void SetUp() override {
    ::unsetenv("MTK_NEURON_SDK");
    write_fake_tool(program(), "exit 0");
    std::filesystem::create_directories(package() / "vendors/mediatek/compiler");
    std::filesystem::create_directories(folder_ / "sdk/host/lib");
    write_file(package() / "libLiteRt.so", "");
    write_file(adapter(), "");
    write_file(input_, "not looked at");
  }

  [[nodiscard]] std::filesystem::path package() const { return folder_ / "ai_edge_litert"; }
  [[nodiscard]] std::filesystem::path program() const {
    return package() / "tools/apply_plugin_main";
  }
  [[nodiscard]] std::filesystem::path adapter() const {
    return folder_ / "sdk/host/lib/libneuron_adapter.so";
  }
  [[nodiscard]] LitertAotOptions options() const { return {package(), folder_ / "sdk", {}}; }

  Partitioning compile(const std::string& script) {
    write_fake_tool(program(), script);
    const Command command = litert_command(find_litert_aot(options(), find_target("mt8371")),
                                           find_target("mt8371"), input_, output_, options());
    return compile_with_litert(command, input_, output_, log_);
  }

  std::string failure(const std::string& script) {
    std::string sentence = expect_error(ErrorKind::unsupported, "", [&] { (void)compile(script); });
    EXPECT_THAT(sentence, HasSubstr(log_.string()));
    return sentence;
  }

  TempFolder folder_;
  std::filesystem::path input_ = folder_ / "in.tflite", output_ = folder_ / "out.tflite",
                        log_ = folder_ / "in.log";
};

TEST_F(LitertAot, NamesTheSocAsThePluginDoes) {
  const Partitioning found = compile(concat(kLoaded, kWhole, "echo x >", output_.string()));
  EXPECT_TRUE(found.is_whole());
  EXPECT_EQ(found.neuron_version, "8.2.26");
  EXPECT_EQ(read_file(program().parent_path() / "arguments.txt"),
            concat("--cmd=apply\n--model=", input_.string(), "\n--o=", output_.string(),
                   "\n--soc_manufacturer=MediaTek\n--soc_model=mt8189\n--libs=",
                   (package() / "vendors/mediatek/compiler").string(), "\n--err=--\n"));
  EXPECT_THAT(read_file(program().parent_path() / "library_path.txt"),
              HasSubstr(adapter().parent_path().string()));
}

TEST_F(LitertAot, ReportsWhatThePluginLeft) {
  const Partitioning found =
      compile(concat("echo 'selected 7 ops, from a total of 9 ops. resulted in 2 partitions.'\n",
                     "echo x >", output_.string()));
  EXPECT_FALSE(found.is_whole());
  EXPECT_EQ(found.selected, 7);
  EXPECT_EQ(found.partitions, 2);
}

TEST_F(LitertAot, TellsWhatToDoAboutFailures) {
  EXPECT_THAT(failure("echo 'Failed to load NeuronAdapter shared library' >&2; exit 1"),
              HasSubstr("libneuron_adapter.so with sdk"));
  EXPECT_THAT(failure(concat(kLoaded, "echo 'ERROR: Unsupported SoC model: x'; exit 1")),
              HasSubstr("newer"));
  EXPECT_THAT(failure(concat(kLoaded, kWhole, "echo 'NeuronCompilation_finish failed with error 6'",
                             "; exit 3")),
              HasSubstr("NEURON_UNMAPPABLE"));
  EXPECT_THAT(failure(concat(kLoaded, "echo 'selected 0 ops, from a total of 1 ops.'; exit 1")),
              HasSubstr("no operator"));
  EXPECT_THAT(failure("echo 'ERROR: the moon is full'; exit 1"), HasSubstr("the moon is full"));
  EXPECT_THAT(failure("exit 0"), HasSubstr("did not say"));
  EXPECT_THAT(failure(kWhole), HasSubstr("wrote no file"));
}

TEST_F(LitertAot, SaysWhichPartIsMissingAndWhereItWasLookedFor) {
  const auto missing = [&] {
    return expect_error(ErrorKind::unavailable, "",
                        [&] { (void)find_litert_aot(options(), find_target("mt8371")); });
  };
  std::filesystem::remove(adapter());
  EXPECT_THAT(missing(), HasSubstr("ai-edge-litert-sdk-mediatek"));
  EXPECT_THAT(missing(), HasSubstr((folder_ / "sdk/host/lib").string()));
  std::filesystem::remove(program());
  EXPECT_THAT(missing(), HasSubstr("apply_plugin_main"));
}

// A device loads only what its own major version compiled.
TEST_F(LitertAot, TakesTheHostLibrariesOfTheTargetsVersionBesideIt) {
  const auto data = folder_ / "ai_edge_litert_sdk_mediatek/data";
  for (const char* version : {"v8_0_10", "v9_0_3"}) {
    std::filesystem::create_directories(data / version / "host/lib");
    write_file(data / version / "host/lib/libneuron_adapter.so", "");
  }
  LitertAotOptions without_sdk = options();
  without_sdk.sdk.clear();
  const auto found = [&](const char* target) {
    return find_litert_aot(without_sdk, find_target(target));
  };
  EXPECT_EQ(found("mt8371").host_libraries, data / "v8_0_10/host/lib");
  EXPECT_EQ(found("mt6993").host_libraries, data / "v9_0_3/host/lib");
  const Command command =
      litert_command(found("mt6993"), find_target("mt6993"), input_, output_, without_sdk);
  EXPECT_THAT(command.arguments, testing::Contains("--mediatek_sdk_version_type=version9"));
}

}  // namespace
}  // namespace sotto::test
