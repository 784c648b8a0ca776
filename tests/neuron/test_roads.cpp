#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "cli/small_model.h"
#include "cli/sotto_process.h"

#include "plugin/plugin_run.h"
#include "support/files.h"

// From a checkpoint to text over a compiled bundle, as a user goes, on the simulator.

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kClip = "assets/demo/clips/demo_en.wav";

/// What the program said, without what the simulator did.
std::string without_simulator(const std::string& errors) {
  std::istringstream lines(errors);
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("Sotto's NPU simulator")) result += line + '\n';
  }
  return result;
}

class Roads : public SmallModelTest {
 protected:
  void SetUp() override {
    SmallModelTest::SetUp();
    if (IsSkipped()) return;
    fs::create_directories(folder_ / "sdk/host/lib");
    fs::copy(SOTTO_SIMULATOR, folder_ / "sdk/host/lib/libneuron_adapter.so");
  }

  /// A bundle of TFLite files of the demo's model, or of one of random weights.
  void export_model(const std::string& model, const std::string& name) {
    const ProgramRun run =
        run_sotto({"export", model, "-o", path("model"), "--name", name, "--format", "tflite",
                   "--vocabulary", vocabulary_path(51865).string(), "--quiet"});
    ASSERT_EQ(run.exit_code, 0) << run.errors;
  }

  [[nodiscard]] ProgramRun compile(const std::string& toolchain,
                                   const std::string& environment = "",
                                   const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{"compile",     path("model"), "--target", "mt8189",
                                   "--toolchain", toolchain,     "--sdk",    path("sdk")};
    words.insert(words.end(), more.begin(), more.end());
    return run_sotto_in_shell(environment + R"( exec "$@")", words);
  }

  [[nodiscard]] ProgramRun transcribe(const std::string& clip, const std::string& environment = "",
                                      const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{"transcribe", clip,     "-m",         path("model"),
                                   "--backend",  "neuron", "--language", "en",
                                   "-f",         "txt",    "-o",         path("npu")};
    words.insert(words.end(), more.begin(), more.end());
    return run_sotto_in_shell("SOTTO_NEURON=" SOTTO_SIMULATOR " " + environment + R"( exec "$@")",
                              words);
  }

  /// The same for DLAs, which MediaTek's own compiler makes.
  void compile_by_ncc() const {
    fs::create_directories(folder_ / "sdk/host/bin");
    fs::copy(SOTTO_SIMULATED_NCC, folder_ / "sdk/host/bin/ncc-tflite");
    const ProgramRun compiled = compile("ncc");
    ASSERT_EQ(compiled.exit_code, 0) << compiled.errors;
    EXPECT_THAT(compiled.output, HasSubstr("Compiled by ncc-tflite"));
  }

  /// Whichever call of a library fails, a sentence says so and nothing is written, unless there is
  /// a way around it, and then the text is the same.
  void fail_every_call(const std::string& library) const {
    std::vector<std::string> brief{
        "--sample_len", "2", "--temperature_increment_on_fallback", "None", "--neuron", library};
    const ProgramRun good =
        transcribe(path("tone.wav"), concat("SOTTO_SIM_REPORT=", path("r.json")), brief);
    ASSERT_EQ(good.exit_code, 0) << good.errors;
    const auto calls = nlohmann::json::parse(read_file(folder_ / "r.json")).at("calls").get<int>();
    ASSERT_GT(calls, 20);
    int refused = 0;
    for (int call = 1; call <= calls; ++call) {
      fs::remove_all(folder_ / "npu");
      const ProgramRun run =
          transcribe(path("tone.wav"), concat("SOTTO_SIM_FAIL_CALL=", call), brief);
      if (run.exit_code == 0) {
        EXPECT_EQ(run.output, good.output) << call;
        continue;
      }
      ++refused;
      EXPECT_EQ(run.exit_code, 1) << call << ": " << run.errors;
      EXPECT_TRUE(is_one_sentence(without_simulator(run.errors))) << call << ": " << run.errors;
      EXPECT_FALSE(fs::exists(folder_ / "npu/tone.txt")) << call;
    }
    EXPECT_GT(refused, calls / 3);
  }

  [[nodiscard]] static std::string text_of_cpu() {
    return run_sotto(
               {"transcribe", kClip, "-m", "assets/demo/demo.pt", "--language", "en", "-f", "none"})
        .output;
  }
};

TEST_F(Roads, OverTheHostLibraryGiveTheTextOfTheCpu) {
  export_model("assets/demo/demo.pt", "demo");
  const ProgramRun compiled = compile("neuron");
  ASSERT_EQ(compiled.exit_code, 0) << compiled.errors;
  EXPECT_THAT(compiled.output, HasSubstr("Compiled by Neuron 8.2.26"));
  const std::string expected = text_of_cpu();
  EXPECT_THAT(expected, HasSubstr("twenty-one degrees"));
  const ProgramRun run = transcribe(kClip);
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_EQ(run.output, expected);
  EXPECT_THAT(run.errors, HasSubstr("It is no board"));
  EXPECT_EQ(transcribe(kClip, "SOTTO_SIM_PADDED=1").output, expected);
}

TEST_F(Roads, OverMediateksPluginGiveTheTextOfTheCpu) {
  if (SOTTO_SANITIZED) GTEST_SKIP() << "a simulator with sanitizers is loaded by no other program";
  if (const std::string absence = plugin_absence(); !absence.empty()) GTEST_SKIP() << absence;
  export_model("assets/demo/demo.pt", "demo");
  const ProgramRun compiled = compile("litert");
  ASSERT_EQ(compiled.exit_code, 0) << compiled.errors;
  EXPECT_EQ(transcribe(kClip).output, text_of_cpu());
}

TEST_F(Roads, OverNccGiveTheTextOfTheCpu) {
  export_model("assets/demo/demo.pt", "demo");
  compile_by_ncc();
  EXPECT_EQ(transcribe(kClip).output, text_of_cpu());
  EXPECT_THAT(without_simulator(transcribe(kClip, "SOTTO_SIM_VERSION=9.0.3").errors),
              HasSubstr("or another major version"));
}

TEST_F(Roads, OverNeuronRuntimeGiveTheTextOfNeuronAdapter) {
  export_model("assets/demo/demo.pt", "demo");
  compile_by_ncc();
  const std::string expected = transcribe(kClip).output;
  EXPECT_THAT(expected, HasSubstr("twenty-one degrees"));
  const std::vector<std::string> over_runtime{"--neuron",     SOTTO_SIMULATED_RUNTIME,
                                              "--preference", "low_power",
                                              "--priority",   "low",
                                              "--boost",      "30"};
  const ProgramRun run =
      transcribe(kClip, concat("SOTTO_SIM_REPORT=", path("report.json")), over_runtime);
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_EQ(run.output, expected);
  // This interface pads by itself.
  EXPECT_EQ(transcribe(kClip, "SOTTO_SIM_PADDED=1", over_runtime).output, expected);
  // A token's inputs and outputs lie in memory that the device shares.
  const auto report = nlohmann::json::parse(read_file(folder_ / "report.json"));
  EXPECT_EQ(report.at("networks").at("WhisperDecoderStep").at("bytes"), 0) << report;
  const std::string refusal =
      without_simulator(transcribe(kClip, "SOTTO_SIM_VERSION=9.0.3", over_runtime).errors);
  EXPECT_TRUE(is_one_sentence(refusal)) << refusal;
  EXPECT_THAT(refusal, HasSubstr("takes it for no DLA of this device's (bad data (4))"));
  EXPECT_THAT(refusal, HasSubstr("name the device's own with --neuron"));
}

// Where no library with NeuronAdapter is found, one with NeuronRuntime is.
TEST_F(Roads, FindNeuronRuntimeByItsName) {
  export_model(path("model.pt"), "quick");
  compile_by_ncc();
  fs::create_directories(folder_ / "vendor");
  fs::copy(SOTTO_SIMULATED_RUNTIME, folder_ / "vendor/libneuron_runtime.8.so");
  const auto run_with = [&](const std::string& setting) {
    return transcribe(path("tone.wav"),
                      concat("LD_LIBRARY_PATH=", path("vendor"), " SOTTO_NEURON= ", setting),
                      {"--sample_len", "2"});
  };
  const ProgramRun run = run_with("");
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_THAT(run_with("SOTTO_SIM_VERSION=9.0.3").errors,
              HasSubstr("libneuron_runtime.8.so 9.0.3"));
}

TEST_F(Roads, KeepWhatNeuronRuntimeDoesNotLoadFromIt) {
  export_model(path("model.pt"), "quick");
  ASSERT_EQ(compile("neuron").exit_code, 0);
  const ProgramRun run = transcribe(path("tone.wav"), "", {"--neuron", SOTTO_SIMULATED_RUNTIME});
  EXPECT_NE(run.exit_code, 0);
  const std::string errors = without_simulator(run.errors);
  EXPECT_TRUE(is_one_sentence(errors)) << errors;
  EXPECT_THAT(errors, HasSubstr("_mt8189.neuron: "));
  EXPECT_THAT(errors, HasSubstr("has NeuronRuntime, which loads DLAs alone: compile the bundle "
                                "with --toolchain ncc, or name a library with NeuronAdapter"));
}

// Keys and values of the audio and of the text stay on the device: what passes for a token are its
// embedding and position, the mask, the logits, and its own keys and values.
TEST_F(Roads, PassLittleForAToken) {
  export_model("assets/demo/demo.pt", "demo");
  ASSERT_EQ(compile("neuron").exit_code, 0);
  ASSERT_EQ(transcribe(kClip, concat("SOTTO_SIM_REPORT=", path("report.json"))).exit_code, 0);
  const auto report = nlohmann::json::parse(read_file(folder_ / "report.json"));
  EXPECT_TRUE(report.at("simulation"));
  bool found = false;
  for (const auto& [name, counts] : report.at("networks").items()) {
    if (name.find("Step") == std::string::npos) continue;
    found = true;
    EXPECT_LE(counts.at("bytes").get<double>() / counts.at("runs").get<double>(), 0.3e6) << report;
  }
  EXPECT_TRUE(found) << report;
}

TEST_F(Roads, NameWhatDoesNotFit) {
  export_model(path("model.pt"), "quick");
  EXPECT_THAT(transcribe(path("tone.wav")).errors,
              HasSubstr("the neuron back end runs compiled graphs, and there is none of the"));
  ASSERT_EQ(compile("neuron").exit_code, 0);
  const auto refusal = [&](const std::string& environment,
                           const std::vector<std::string>& more = {}) {
    const ProgramRun run = transcribe(path("tone.wav"), environment, more);
    EXPECT_NE(run.exit_code, 0) << run.output;
    std::string errors = without_simulator(run.errors);
    EXPECT_TRUE(is_one_sentence(errors)) << errors;
    EXPECT_FALSE(fs::exists(folder_ / "npu/tone.txt"));
    return errors;
  };
  EXPECT_THAT(refusal("SOTTO_SIM_SOC=mt6991"), HasSubstr("compiled for another SoC"));
  EXPECT_THAT(refusal("SOTTO_SIM_VERSION=9.0.3"), HasSubstr("another major version"));
  EXPECT_THAT(refusal("", {"--soc", "mt6991"}), HasSubstr("there is none of the"));
  EXPECT_THAT(refusal("", {"--neuron", path("tone.wav")}), HasSubstr("cannot be loaded"));
  EXPECT_THAT(refusal("", {"--neuron", "libm.so.6"}),
              HasSubstr("lacks the function Neuron_getVersion"));
}

TEST_F(Roads, RefuseWhatTheNpuDoesNotTake) {
  export_model(path("model.pt"), "quick");
  // Before this version FULLY_CONNECTED had two axes, and Sotto's files keep theirs.
  const ProgramRun run = compile("neuron", "SOTTO_SIM_VERSION=8.2.16");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("the NPU does not take operator"));
  EXPECT_THAT(run.errors, HasSubstr("FULLY_CONNECTED"));
}

// Whatever the simulator compiled or ran says so where it is kept.
TEST_F(Roads, SayThatTheyAreSimulated) {
  export_model("assets/demo/demo.pt", "demo");
  EXPECT_THAT(compile("neuron").output, HasSubstr("Compiled by Neuron 8.2.26 (simulated)"));
  compile_by_ncc();
  const auto manifest = nlohmann::json::parse(read_file(folder_ / "model/sotto.json"));
  std::set<std::string> tools;
  for (const auto& file : manifest.at("files")) tools.insert(file.value("tool", ""));
  EXPECT_TRUE(tools.contains("Neuron 8.2.26 (simulated)")) << manifest;
  EXPECT_TRUE(tools.contains("ncc-tflite 8.2.26 (simulated)")) << manifest;

  for (const std::string library : {SOTTO_SIMULATOR, SOTTO_SIMULATED_RUNTIME}) {
    const auto json =
        nlohmann::json::parse(transcribe(kClip, "", {"--neuron", library, "--json"}).output);
    EXPECT_EQ(json.at("simulated"), true);
    EXPECT_EQ(json.at("device"), library + " 8.2.26");
  }
  const ProgramRun verified = run_sotto({"verify", path("model"), "--backend", "neuron", "--neuron",
                                         SOTTO_SIMULATOR, "--checkpoint", "assets/demo/demo.pt",
                                         concat(kClip, ":en"), "-o", path("verified")});
  EXPECT_THAT(verified.output, HasSubstr(" on neuron (simulated) against the unsplit model"));
  EXPECT_THAT(verified.output, HasSubstr("no device's: the NPU is simulated"));
  std::size_t results = 0;
  for (const auto& file : fs::directory_iterator(folder_ / "verified")) {
    ++results;
    EXPECT_THAT(read_file(file.path()), HasSubstr("\"simulated\": true")) << file.path();
  }
  EXPECT_EQ(results, 2U);
}

// The compiler is asked whether it has the vendor's layer norm; where not, the file's operators go.
TEST_F(Roads, TellWhatBecomesOfLayerNorms) {
  export_model(path("model.pt"), "quick");
  const ProgramRun usual = compile("neuron");
  EXPECT_THAT(usual.output, HasSubstr(" layer norms as MTKEXT_LAYER_NORMALIZATION"));
  EXPECT_THAT(usual.output, HasSubstr(" operations for "));
  const std::string lacking = "SOTTO_SIM_LACKS=MTKEXT_LAYER_NORMALIZATION";
  const ProgramRun decomposed = compile("neuron", lacking);
  EXPECT_EQ(decomposed.exit_code, 0) << decomposed.errors;
  EXPECT_THAT(decomposed.output,
              HasSubstr(" layer norms decomposed: the NPU does not say that it takes "));
  const ProgramRun insisting = compile("neuron", lacking, {"--layer-norm", "vendor"});
  EXPECT_EQ(insisting.exit_code, 1);
  EXPECT_TRUE(is_one_sentence(insisting.errors)) << insisting.errors;
  EXPECT_THAT(insisting.errors,
              HasSubstr("does not take MTKEXT_LAYER_NORMALIZATION, which gives "));
  EXPECT_THAT(insisting.errors, HasSubstr("compile with --layer-norm decomposed"));
  const ProgramRun asked = compile("neuron", "", {"--layer-norm", "decomposed", "--json"});
  EXPECT_THAT(asked.output, HasSubstr(" layer norms decomposed\""));
  const ProgramRun other = compile("ncc", "", {"--layer-norm", "vendor"});
  EXPECT_EQ(other.exit_code, 2) << other.errors;
  EXPECT_THAT(other.errors, HasSubstr("--layer-norm is for --toolchain neuron"));
}

TEST_F(Roads, EndInASentenceWhicheverCallFails) {
  export_model(path("model.pt"), "quick");
  ASSERT_EQ(compile("neuron").exit_code, 0);
  fail_every_call(SOTTO_SIMULATOR);
}

TEST_F(Roads, EndInASentenceWhicheverCallOfNeuronRuntimeFails) {
  export_model(path("model.pt"), "quick");
  compile_by_ncc();
  fail_every_call(SOTTO_SIMULATED_RUNTIME);
}

}  // namespace
}  // namespace sotto::test
