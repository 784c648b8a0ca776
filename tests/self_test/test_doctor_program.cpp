#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/small_model.h"
#include "cli/sotto_process.h"

#include "compile/targets/target.h"
#include "run/doctor/known_socs.h"
#include "run/doctor/probes.h"
#include "run/doctor/report_json.h"
#include "run/self_test/self_test_json.h"
#include "support/files.h"
#include "tflite/raw_tflite.h"

// `sotto doctor` as a user calls it, on the simulator.

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

Report parsed(const std::string& json) {
  return parse_report(std::as_bytes(std::span(json.data(), json.size())), "report");
}

/// Sentences of the findings in a state, one a line.
std::string sentences(const Report& report, State state) {
  std::string text;
  for (const Diagnosis& finding : report.findings) {
    if (finding.state == state) text += finding.sentence + '\n';
  }
  return text;
}

class DoctorProgram : public SmallModelTest {
 protected:
  void SetUp() override {
    SmallModelTest::SetUp();
    ::unsetenv("SOTTO_NEURON");
  }

  void export_model() {
    const ProgramRun run =
        run_sotto({"export", path("model.pt"), "-o", path("model"), "--name", "quick", "--format",
                   "tflite", "--vocabulary", vocabulary_path(51865).string(), "--quiet"});
    ASSERT_EQ(run.exit_code, 0) << run.errors;
  }

  void compile(const std::string& toolchain = "neuron", const std::string& extra = "") {
    fs::create_directories(folder_ / "sdk/host/lib");
    fs::create_directories(folder_ / "sdk/host/bin");
    const auto again = fs::copy_options::overwrite_existing;
    fs::copy_file(SOTTO_SIMULATOR, folder_ / "sdk/host/lib/libneuron_adapter.so", again);
    fs::copy_file(SOTTO_SIMULATED_NCC, folder_ / "sdk/host/bin/ncc-tflite", again);
    std::vector<std::string> words{"compile",     path("model"), "--target", "mt8371",
                                   "--toolchain", toolchain,     "--sdk",    path("sdk")};
    if (!extra.empty()) words.push_back("--extra=" + extra);
    const ProgramRun run = run_sotto(words);
    ASSERT_EQ(run.exit_code, 0) << run.errors;
  }

  [[nodiscard]] static ProgramRun doctor(const std::vector<std::string>& more,
                                         const std::string& environment = "",
                                         const std::string& library = SOTTO_SIMULATOR) {
    std::vector<std::string> words{"doctor", "--neuron", library};
    words.insert(words.end(), more.begin(), more.end());
    return run_sotto_in_shell(environment + R"( exec "$@")", words);
  }

  /// The report as another program would read it.
  [[nodiscard]] static Report report(std::vector<std::string> more,
                                     const std::string& environment = "") {
    more.emplace_back("--json");
    const ProgramRun run = doctor(more, environment);
    Report result = parsed(run.output);
    EXPECT_EQ(run.exit_code, result.passed() ? 0 : 1) << run.output << run.errors;
    return result;
  }

  /// Puts other bytes in the place of a bundle's file, and its hash into the manifest.
  void replace(const std::string& name, const std::string& bytes) {
    write_file(folder_ / "model" / name, bytes);
    record_anew("model", name);
  }
};

TEST_F(DoctorProgram, SaysThatADeviceWithoutAnNpuHasNone) {
  const ProgramRun run = run_sotto({"doctor"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, HasSubstr("no NeuronAdapter can be loaded"));
  EXPECT_THAT(run.output, HasSubstr("--neuron or $SOTTO_NEURON"));
  EXPECT_EQ(run.errors, "");
}

TEST_F(DoctorProgram, NamesTheSimulationWhereverItIsSeen) {
  const ProgramRun run = doctor({});
  EXPECT_EQ(run.exit_code, 0) << run.output << run.errors;
  EXPECT_THAT(run.output, HasSubstr("SIMULATION: no board"));
  EXPECT_THAT(run.output, HasSubstr("this is a simulation"));
  EXPECT_THAT(run.output, HasSubstr("a network ran in memory that is shared with the NPU"));
  const Report found = report({});
  EXPECT_TRUE(found.simulation);
  EXPECT_EQ(found.system.soc, "mt8189");
  ASSERT_NE(found.adapter(), nullptr);
  EXPECT_EQ(found.adapter()->version, "8.2.26");
  EXPECT_EQ(found.adapter()->l1_kb, 256U);
  EXPECT_THAT(found.adapter()->devices, testing::ElementsAre("mt8189 of Sotto's simulator"));
  EXPECT_EQ(found.adapter()->shares_memory, true);
  EXPECT_THAT(found.adapter()->path, testing::StartsWith("/"));
  EXPECT_EQ(report({}, "SOTTO_SIM_VERSION=9.0.3 SOTTO_SIM_SOC=mt6991").adapter()->version, "9.0.3");
}

TEST_F(DoctorProgram, SaysWhichFilesFit) {
  export_model();
  const Report uncompiled = report({path("model")});
  EXPECT_THAT(sentences(uncompiled, State::problem),
              HasSubstr("no file of the bundle is compiled for this device"));
  compile();
  const Report good = report({path("model")});
  EXPECT_TRUE(good.passed()) << sentences(good, State::problem);
  ASSERT_EQ(good.bundle->files.size(), 5U);
  for (const FileFacts& file : good.bundle->files) {
    EXPECT_EQ(file.state, FileState::loaded) << file.message;
    EXPECT_EQ(file.soc, "mt8371") << "of the family of the simulator's mt8189";
    EXPECT_EQ(file.major, 8U);
    EXPECT_GT(file.seconds, 0);
  }
  EXPECT_THAT(sentences(good, State::note), HasSubstr("is not seen by loading them"));
  const Report newer = report({path("model")}, "SOTTO_SIM_VERSION=9.0.3");
  EXPECT_THAT(sentences(newer, State::problem),
              HasSubstr("fails to restore networks of another major version"));
  const Report other = report({path("model")}, "SOTTO_SIM_SOC=mt6991");
  EXPECT_FALSE(other.passed());
  EXPECT_THAT(sentences(other, State::note), HasSubstr("this device is MT6991 (Dimensity 9400)"));
}

TEST_F(DoctorProgram, KnowsDlasAndTheirBridges) {
  export_model();
  compile("ncc");
  const Report unsaid = report({path("model")});
  EXPECT_TRUE(unsaid.passed()) << sentences(unsaid, State::problem);
  EXPECT_THAT(sentences(unsaid, State::note), HasSubstr("left to the CPU (bridged)"));
  compile("ncc", "--disallow-bridge");
  EXPECT_THAT(sentences(report({path("model")}), State::note), Not(HasSubstr("bridged")));
}

TEST_F(DoctorProgram, NamesWhatIsDamagedPartialOrQuantized) {
  export_model();
  compile();
  const std::string step = "decoder_quick_16_step_mt8371.neuron";
  ASSERT_TRUE(fs::exists(folder_ / "model" / step));
  replace(step, read_file(folder_ / "model" / step).substr(0, 5000));
  EXPECT_THAT(sentences(report({path("model")}), State::problem),
              HasSubstr(step + " is not taken by this device"));
  RawTflite partial;  // what LiteRT leaves where the NPU takes a part alone
  for (const char* name : {"x", "y", "z"}) partial.add_tensor({name, {1, 4}});
  partial.add_operator(32, {0}, {1}, "DISPATCH_OP");
  partial.add_operator(101, {1}, {2});
  partial.inputs = {0};
  partial.outputs = {2};
  replace(step, partial.bytes());
  EXPECT_THAT(sentences(report({path("model")}), State::problem),
              HasSubstr("the rest would run on the CPU without a word"));
  RawTflite quantized;
  quantized.add_tensor({"x", {1, 4}, tflite::TensorType::int8});
  quantized.add_tensor({"y", {1, 4}, tflite::TensorType::int8});
  quantized.add_operator(101, {0}, {1});
  quantized.inputs = {0};
  quantized.outputs = {1};
  replace("encoder_quick_80x100.tflite", quantized.bytes());
  EXPECT_THAT(sentences(report({path("model")}), State::problem),
              HasSubstr("Whisper's encoders in int8 give garbage"));
  write_file(folder_ / "model" / step, "changed");
  EXPECT_THAT(sentences(report({path("model")}), State::problem), HasSubstr(step));
}

TEST_F(DoctorProgram, TriesEachOperation) {
  export_model();
  compile();
  const ProgramRun run = doctor({path("model"), "--self-test", path("ops.json")});
  EXPECT_EQ(run.exit_code, 0) << run.output << run.errors;
  const std::string text = read_file(folder_ / "ops.json");
  const SelfTest test =
      parse_self_test(std::as_bytes(std::span(text.data(), text.size())), "ops.json");
  EXPECT_TRUE(test.simulation);
  EXPECT_TRUE(test.passed());
  EXPECT_GT(test.results.size(), 80U);
  EXPECT_EQ(test.count(Verdict::right), test.results.size());
  EXPECT_THAT(run.output, HasSubstr("distinct operations are right within float16's rounding"));
  EXPECT_TRUE(report({path("model"), "--self-test"}, "SOTTO_SIM_PADDED=1").passed());
}

TEST_F(DoctorProgram, FindsTheProductThatIsTakenAndWrong) {
  export_model();
  const Report found = report({path("model"), "--self-test"}, "SOTTO_SIM_WRONG_MATMUL=1");
  std::set<std::string> wrong, right;
  for (const OperationResult& result : found.self_test->results) {
    (result.verdict == Verdict::wrong ? wrong : right).insert(result.operation);
    if (result.verdict == Verdict::wrong) {
      EXPECT_EQ(result.wrong_elements, 1U);
      EXPECT_NEAR(result.found - result.expected, 29, 0.1);
      EXPECT_LT(result.bound, 1);
    }
  }
  EXPECT_EQ(wrong, std::set<std::string>{"BATCH_MATMUL"});
  EXPECT_FALSE(right.count("BATCH_MATMUL"));
  EXPECT_THAT(sentences(found, State::problem),
              HasSubstr("the device takes it and computes it wrong"));
}

TEST_F(DoctorProgram, NamesOperationsThatAreRefused) {
  export_model();
  const Report found = report({path("model"), "--self-test"}, "SOTTO_SIM_VERSION=8.2.16");
  for (const OperationResult& result : found.self_test->results) {
    if (result.verdict == Verdict::right) continue;
    EXPECT_EQ(result.operation, "FULLY_CONNECTED");
    EXPECT_EQ(result.verdict, Verdict::refused);
    EXPECT_EQ(result.answer, "NEURON_UNMAPPABLE");
    EXPECT_THAT(result.remedy, HasSubstr("sotto check"));
  }
  EXPECT_GT(found.self_test->count(Verdict::refused), 0U);
  EXPECT_THAT(sentences(found, State::problem), HasSubstr("NEURON_UNMAPPABLE"));
}

// A child that dies at every fifth operation; the next one goes on behind it.
TEST_F(DoctorProgram, GoesOnBehindOperationsThatTakeTheLibraryWithThem) {
  export_model();
  const auto probes =
      probes_in_children("/bin/sh", {"-c",
                                     std::string("'") + SOTTO_PROGRAM +
                                         R"(' doctor-probe -- "$@" | while read -r line; do
                      printf '%s\n' "$line"
                      case $line in "begin "*[05]) kill -SEGV $$; exit;; esac
                    done)",
                                     "sh"});
  std::vector<OperationResult> results;
  probes->self_test({path("model"), SOTTO_SIMULATOR, 0, 1},
                    {[](std::uint64_t /*index*/) {},
                     [&](OperationResult result) { results.push_back(std::move(result)); }});
  ASSERT_GT(results.size(), 80U);
  for (std::size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i].verdict, i % 5 == 0 ? Verdict::failed : Verdict::right)
        << i << ' ' << results[i].sentence;
  }
  EXPECT_THAT(results[0].sentence, HasSubstr("signal 11"));
}

TEST_F(DoctorProgram, OutlivesALibraryThatCrashes) {
  const ProgramRun crashed = doctor({}, "", SOTTO_FAKE_CRASHING);
  EXPECT_EQ(crashed.exit_code, 1) << crashed.errors;
  EXPECT_THAT(crashed.output, HasSubstr("does not come back from being asked"));
  EXPECT_THAT(crashed.output, HasSubstr("signal 6"));
  EXPECT_THAT(doctor({}, "", SOTTO_FAKE_HOLLOW).output, HasSubstr("lacks the function"));
}

TEST_F(DoctorProgram, AnswersWhicheverCallFails) {
  int problems = 0;
  for (const int call : {1, 2, 6, 9, 14, 20, 27}) {
    const Report found = report({}, concat("SOTTO_SIM_FAIL_CALL=", call));
    problems += found.passed() ? 0 : 1;
  }
  EXPECT_GT(problems, 3);
}

TEST_F(DoctorProgram, RefusesWhatMakesNoSense) {
  const ProgramRun no_bundle = doctor({"--self-test"});
  EXPECT_EQ(no_bundle.exit_code, 2);
  EXPECT_TRUE(is_one_sentence(no_bundle.errors)) << no_bundle.errors;
  EXPECT_THAT(no_bundle.errors, HasSubstr("--self-test"));
  const ProgramRun none = doctor({path("nothing")});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.errors, HasSubstr("expected a bundle"));
  EXPECT_EQ(none.output, "");
  const ProgramRun help = run_sotto({"doctor", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.output, HasSubstr("Examples:"));
  EXPECT_EQ(run_sotto({"doctor-probe", "oracle"}).exit_code, 2);
}

// What a device knows of chips is what hosts compile for.
TEST(KnownSocs, AreTheTargets) {
  for (const Target& target : targets()) {
    const KnownSoc* soc = find_soc(target.name);
    ASSERT_NE(soc, nullptr) << target.name;
    EXPECT_EQ(soc->marketing, target.marketing);
    EXPECT_EQ(soc->generation, target.generation);
    EXPECT_EQ(soc->refusal, target.refusal);
    EXPECT_EQ(soc->family, target.litert_soc.empty() ? target.name : target.litert_soc);
  }
  EXPECT_EQ(known_socs().size(), targets().size());
}

}  // namespace
}  // namespace sotto::test
