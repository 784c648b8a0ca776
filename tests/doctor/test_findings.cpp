#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run/doctor/findings.h"

// What follows from facts: each failure that people meet has its sentence and its remedy.

namespace sotto::test {
namespace {

using testing::HasSubstr;

FileFacts file(const std::string& graph, const std::string& soc = "mt8189") {
  FileFacts facts;
  facts.name = graph + ".neuron";
  facts.graph = graph;
  facts.soc = soc;
  facts.compiled_as = "neuron";
  facts.tool = "Neuron 8.2.26";
  facts.major = 8;
  facts.bytes = 1 << 20;
  facts.state = FileState::loaded;
  facts.seconds = 0.25;
  return facts;
}

/// A Genio 520 on which all is well, with a bundle that is compiled for it.
Report good_report() {
  Report report;
  report.system.soc = "mt8371";
  report.system.soc_source = "/proc/device-tree/compatible";
  report.system.available_bytes = 1 << 30;
  LibraryFacts adapter;
  adapter.name = "libneuron_adapter.so";
  adapter.path = "/usr/lib/libneuron_adapter.so";
  adapter.state = LibraryState::loaded;
  adapter.version = "8.2.26";
  adapter.call = "NeuronExecution_compute";
  adapter.answer = 0;
  adapter.shares_memory = true;
  report.libraries = {adapter};
  report.nodes = {{"/dev/apusys", NodeState::works, ""},
                  {"/dev/dma_heap/system", NodeState::works, ""}};
  report.bundle.emplace();
  report.bundle->files = {file("crosskv"), file("step"), file("prefill")};
  return report;
}

/// The finding whose subject or sentence has these words.
Diagnosis finding_of(Report report, const std::string& words) {
  judge(report);
  const auto found =
      std::find_if(report.findings.begin(), report.findings.end(), [&](const Diagnosis& finding) {
        return (finding.what + ' ' + finding.sentence).find(words) != std::string::npos;
      });
  if (found == report.findings.end()) {
    ADD_FAILURE() << "nothing is said of " << words;
    return {};
  }
  EXPECT_EQ(found->sentence.find('\n'), std::string::npos);
  EXPECT_FALSE(found->sentence.ends_with('.')) << found->sentence;
  return *found;
}

TEST(Findings, OfAGoodDeviceAreNoProblems) {
  Report report = good_report();
  judge(report);
  EXPECT_TRUE(report.passed());
  EXPECT_THAT(finding_of(report, "soc").sentence, HasSubstr("MT8371 (Genio 520)"));
  EXPECT_THAT(finding_of(report, "soc").sentence, HasSubstr("of the family mt8189"));
  EXPECT_EQ(finding_of(report, "coverage").state, State::ok);
  EXPECT_EQ(finding_of(report, "memory of the NPU").state, State::ok);
  judge(report);
  const std::size_t count = report.findings.size();
  judge(report);
  EXPECT_EQ(report.findings.size(), count) << "judging again adds nothing";
}

TEST(Findings, NameTheSimulation) {
  Report report = good_report();
  report.simulation = true;
  EXPECT_THAT(finding_of(report, "simulation").sentence, HasSubstr("this is a simulation"));
}

TEST(Findings, NameAnotherMajorVersion) {
  Report report = good_report();
  for (FileFacts& one : report.bundle->files) one.major = 9, one.tool = "Neuron 9.0.3";
  const Diagnosis finding = finding_of(report, "file step.neuron");
  EXPECT_EQ(finding.state, State::problem);
  EXPECT_THAT(finding.sentence,
              HasSubstr("compiled by NeuroPilot 9 (Neuron 9.0.3), and this device "
                        "has 8.2.26, which fails to restore"));
  EXPECT_THAT(finding.remedy, HasSubstr("SDK of version 8"));
}

TEST(Findings, NameAnotherSoc) {
  Report report = good_report();
  report.system.soc = "mt6991";
  for (FileFacts& one : report.bundle->files) one.state = FileState::not_tried;
  EXPECT_THAT(finding_of(report, "file step.neuron").sentence,
              HasSubstr("is compiled for MT8189 (Kompanio 540), and this device is MT6991"));
  const Diagnosis coverage = finding_of(report, "coverage");
  EXPECT_EQ(coverage.state, State::problem);
  EXPECT_THAT(coverage.sentence, HasSubstr("runs it on the CPU"));
  EXPECT_THAT(coverage.remedy, HasSubstr("mt6991"));
}

TEST(Findings, NameAChipThatIsNotForTransformers) {
  Report report = good_report();
  report.system.soc = "mt8395";
  EXPECT_EQ(finding_of(report, "soc").state, State::problem);
  EXPECT_THAT(finding_of(report, "soc").sentence, HasSubstr("not for transformer models"));
}

TEST(Findings, NameWhatIsLeftToTheCpu) {
  Report report = good_report();
  report.bundle->files[1].state = FileState::refused;
  report.bundle->files[1].is_partial = true;
  const Diagnosis partial = finding_of(report, "file step.neuron");
  EXPECT_EQ(partial.state, State::problem);
  EXPECT_THAT(partial.sentence, HasSubstr("would run on the CPU without a word"));
  const Diagnosis coverage = finding_of(report, "coverage");
  EXPECT_EQ(coverage.state, State::problem);
  EXPECT_THAT(coverage.sentence, HasSubstr("(step), and would run on the CPU"));
  report.bundle->files.clear();
  EXPECT_THAT(finding_of(report, "coverage").sentence,
              HasSubstr("no file of the bundle is compiled for this device"));
}

TEST(Findings, TakeTheDecoderWithoutACacheToo) {
  Report report = good_report();
  report.bundle->files = {file("encoder"), file("decoder")};
  EXPECT_EQ(finding_of(report, "coverage").state, State::ok);
  report.bundle->files.pop_back();
  EXPECT_THAT(finding_of(report, "coverage").sentence, HasSubstr("(decoder)"));
}

TEST(Findings, AskWhetherADlaIsBridged) {
  Report report = good_report();
  report.bundle->files[0].compiled_as = "dla";
  const Diagnosis finding = finding_of(report, "(bridged)");
  EXPECT_EQ(finding.state, State::note);
  EXPECT_THAT(finding.remedy, HasSubstr("--disallow-bridge"));
  report.bundle->files[0].forbids_bridges = true;
  judge(report);
  for (const Diagnosis& one : report.findings) {
    EXPECT_EQ(one.sentence.find("bridged"), std::string::npos) << one.sentence;
  }
}

TEST(Findings, NameInt8Encoders) {
  Report report = good_report();
  report.bundle->sources = {{"encoder_int8.tflite", "encoder", 300, 120}};
  const Diagnosis finding = finding_of(report, "encoder_int8");
  EXPECT_EQ(finding.state, State::problem);
  EXPECT_THAT(finding.sentence, HasSubstr("in int8 give garbage"));
  report.bundle->sources[0].graph = "decoder";
  EXPECT_EQ(finding_of(report, "encoder_int8").state, State::note);
}

TEST(Findings, NameGraphsOfTooManyOperators) {
  Report report = good_report();
  report.bundle->sources = {{"encoder.tflite", "encoder", 4700, 0}};
  EXPECT_THAT(finding_of(report, "encoder.tflite").sentence,
              HasSubstr("4700 operators, at which compilers have failed with NEURON_UNMAPPABLE"));
}

TEST(Findings, TellHowLongAColdStartTakes) {
  Report report = good_report();
  EXPECT_EQ(finding_of(report, "crosskv.neuron loads in 0.25 s").state, State::ok);
  report.bundle->files[0].seconds = 3.8;
  const Diagnosis finding = finding_of(report, "crosskv.neuron loads in 3.8 s");
  EXPECT_EQ(finding.state, State::note);
  EXPECT_THAT(finding.remedy, HasSubstr("give one run all recordings"));
}

TEST(Findings, PointToWhatComparesCompiledGraphs) {
  const Diagnosis finding = finding_of(good_report(), "numbers");
  EXPECT_THAT(finding.remedy, HasSubstr("`sotto verify BUNDLE`"));
}

TEST(Findings, NameNetworksThatCannotBeMapped) {
  Report report = good_report();
  report.bundle->files[2].state = FileState::refused;
  report.bundle->files[2].answer = "NEURON_UNMAPPABLE";
  const Diagnosis finding = finding_of(report, "file prefill.neuron");
  EXPECT_EQ(finding.state, State::problem);
  EXPECT_THAT(finding.sentence, HasSubstr("cannot map the graph to this NPU (NEURON_UNMAPPABLE)"));
  EXPECT_THAT(finding.remedy, HasSubstr("`sotto check`"));
}

TEST(Findings, NameFilesThatTakeTheRuntimeWithThem) {
  Report report = good_report();
  report.bundle->files[2].state = FileState::stalled;
  report.bundle->files[2].message = "it said nothing for 180 s";
  EXPECT_THAT(finding_of(report, "file prefill.neuron").sentence,
              HasSubstr("does not come back from loading it: it said nothing"));
  report.bundle->damage = "step.neuron: expected 12 bytes, found 3";
  EXPECT_EQ(finding_of(report, "bundle").state, State::problem);
}

TEST(Findings, KnowThatTheApuIsClosedToShells) {
  Report report = good_report();
  report.nodes[0] = {"/dev/apusys", NodeState::denied, "Permission denied"};
  const Diagnosis passed_by = finding_of(report, "device /dev/apusys");
  EXPECT_EQ(passed_by.state, State::note) << "the library reaches the APU all the same";
  EXPECT_THAT(passed_by.sentence, HasSubstr("reaches the NPU without it"));
  report.libraries[0].answer = 10;
  report.libraries[0].call_message =
      "x + y: NeuronCompilation_finish() answered device unavailable";
  const Diagnosis closed = finding_of(report, "device /dev/apusys");
  EXPECT_EQ(closed.state, State::problem);
  EXPECT_THAT(closed.remedy, HasSubstr("libneuronusdk_adapter.mtk.so"));
  EXPECT_EQ(finding_of(report, "npu").state, State::problem);
}

TEST(Findings, NameMemoryThatIsNotShared) {
  Report report = good_report();
  report.nodes[1] = {"/dev/dma_heap/system", NodeState::denied, "Permission denied"};
  report.libraries[0].shares_memory = false;
  EXPECT_EQ(finding_of(report, "device /dev/dma_heap/system").state, State::note);
  EXPECT_THAT(finding_of(report, "memory of the NPU").remedy, HasSubstr("/dev/dma_heap/system"));
  report.system.available_bytes = 1 << 21;
  EXPECT_THAT(finding_of(report, "that run together have 3 MB").sentence,
              HasSubstr("2 MB of memory are available"));
}

TEST(Findings, HaveOneRowForAnOperationsShapes) {
  Report report = good_report();
  OperationResult wrong;
  wrong.operation = "BATCH_MATMUL";
  wrong.verdict = Verdict::wrong;
  wrong.sentence = "BATCH_MATMUL [1]: wrong";
  OperationResult untested;
  untested.operation = "CUSTOM";
  report.self_test.emplace();
  report.self_test->results = {wrong, untested, wrong, wrong};
  const Diagnosis finding = finding_of(report, "operation BATCH_MATMUL");
  EXPECT_EQ(finding.state, State::problem);
  EXPECT_THAT(finding.sentence, HasSubstr("and 2 other shapes"));
  EXPECT_EQ(finding_of(report, "operation CUSTOM").state, State::note);
}

}  // namespace
}  // namespace sotto::test
