#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run/doctor/findings.h"
#include "run/doctor/probes.h"
#include "run/doctor/report_json.h"
#include "run/doctor/watched_child.h"
#include "support/expect_error.h"

// The vendor's libraries, played by ones that behave as badly as they were seen to, and the
// children in which they are asked.

namespace sotto::test {
namespace {

using std::chrono::milliseconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr ChildPatience kShort{milliseconds(300), milliseconds(300), milliseconds(300)};

/// What is said of a device whose libraries are these.
std::vector<Diagnosis> findings_of(const LibraryFacts& library) {
  Report report;
  report.libraries = {library};
  judge_libraries(report);
  return report.findings;
}

TEST(Libraries, OfAHostsSdkAnswerErrorFour) {
  const LibraryFacts facts = probe_library({LibraryKind::runtime, SOTTO_FAKE_RUNTIME});
  EXPECT_EQ(facts.state, LibraryState::loaded);
  EXPECT_EQ(facts.version, "8.0.10");
  EXPECT_EQ(facts.answer, 4);
  EXPECT_THAT(facts.missing_optional,
              ElementsAre("NeuronRuntime_getInputNumber", "NeuronRuntime_getOutputNumber",
                          "NeuronRuntime_setQoSOption"));
  const Diagnosis finding = findings_of(facts).back();
  EXPECT_EQ(finding.state, State::note);
  EXPECT_THAT(finding.sentence,
              HasSubstr("answers error 4, as a NeuronRuntime of the host's SDK does on a device"));
  EXPECT_THAT(finding.remedy, HasSubstr("of the device's own system"));
}

TEST(Libraries, WhoseServiceStallsAreTimed) {
  const LibraryFacts facts = probe_library({LibraryKind::service, SOTTO_FAKE_SERVICE});
  EXPECT_GE(facts.seconds, 1.2);
  EXPECT_EQ(facts.answer, 0);
  const Diagnosis finding = findings_of(facts).back();
  EXPECT_THAT(finding.sentence, HasSubstr("asking NeuroPilot's service for its number takes 1."));
  EXPECT_THAT(finding.sentence, HasSubstr("LiteRT waits for that"));
  LibraryFacts quick = facts;
  quick.seconds = 0.1;
  EXPECT_EQ(findings_of(quick).size(), 1U);
  LibraryFacts stalled = facts;
  stalled.state = LibraryState::stalled;
  EXPECT_THAT(findings_of(stalled).back().sentence, HasSubstr("does not come back"));
}

TEST(Libraries, ThatLackFunctionsAreNamedWithThem) {
  const LibraryFacts facts = probe_library({LibraryKind::adapter, SOTTO_FAKE_HOLLOW});
  EXPECT_EQ(facts.state, LibraryState::refused);
  EXPECT_THAT(facts.missing_required, Contains("NeuronModel_create"));
  EXPECT_THAT(facts.missing_required, testing::Not(Contains("Neuron_getVersion")));
  const std::vector<Diagnosis> findings = findings_of(facts);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_THAT(findings[0].sentence, HasSubstr("no NeuronAdapter can be loaded"));
  EXPECT_EQ(findings[1].state, State::problem);
  EXPECT_THAT(findings[1].sentence, HasSubstr("lacks the function NeuronModel_create"));
}

TEST(Libraries, ThatAreAbsentAreNoWords) {
  const LibraryFacts facts = probe_library({LibraryKind::runtime, "libneuron_runtime.6.so"});
  EXPECT_EQ(facts.state, LibraryState::absent);
  EXPECT_EQ(findings_of(facts).size(), 1U) << "that there is no NeuronAdapter";
}

TEST(Libraries, OfTheStableDelegateAreFound) {
  const LibraryFacts facts = probe_library({LibraryKind::stable_delegate, SOTTO_FAKE_DELEGATE});
  EXPECT_EQ(facts.state, LibraryState::loaded);
  EXPECT_THAT(facts.path, HasSubstr("fake_delegate"));
}

TEST(Libraries, ThatAndroidHidesWantTheManifestsWord) {
  LibraryFacts facts;
  facts.name = "libneuronusdk_adapter.mtk.so";
  facts.state = LibraryState::refused;
  facts.message =
      "the library libneuronusdk_adapter.mtk.so cannot be loaded: dlopen failed: library "
      "\"/system/lib64/libneuronusdk_adapter.mtk.so\" needed or dlopened by \"base.apk\" is not "
      "accessible for the namespace \"clns-4\"";
  EXPECT_THAT(findings_of(facts).back().remedy, HasSubstr("<uses-native-library>"));
  // Android's loader says "not found" of what it hides, too.
  facts.state = LibraryState::absent;
  facts.message = "";
  facts.path = "/system/lib64/libneuronusdk_adapter.mtk.so";
  EXPECT_THAT(findings_of(facts).back().sentence, HasSubstr("is closed to this program"));
  EXPECT_THAT(findings_of(facts).back().remedy, HasSubstr("<uses-native-library>"));
}

TEST(Libraries, ThatNeedOthersSaySo) {
  LibraryFacts facts;
  facts.name = "libneuron_adapter.so";
  facts.state = LibraryState::refused;
  facts.message = "libmdla.so: cannot open shared object file: No such file or directory";
  EXPECT_THAT(findings_of(facts).back().sentence, HasSubstr("needs a library that is lacking"));
}

LibraryFacts ask(Probes& probes, LibraryKind kind, const char* name) {
  const std::vector<LibraryFacts> facts = probes.libraries({{kind, name}});
  EXPECT_EQ(facts.size(), 1U);
  return facts.at(0);
}

// Without a shell's program in between: the child is this shell's line.
TEST(Children, ThatDieAreAnAnswer) {
  const auto probes = probes_in_children("/bin/sh", {"-c", "echo mdla fault >&2; kill -SEGV $$"});
  const LibraryFacts library = ask(*probes, LibraryKind::adapter, "libneuron_adapter.so");
  EXPECT_EQ(library.state, LibraryState::crashed);
  EXPECT_THAT(library.message, HasSubstr("its process ended with signal 11"));
  EXPECT_THAT(library.message, HasSubstr("mdla fault"));
  EXPECT_THAT(findings_of(library).back().sentence,
              HasSubstr("does not come back from being asked"));
  const GraphFacts graph = probes->graph({"step.neuron", 1, 1, ""});
  EXPECT_EQ(graph.state, FileState::crashed);
}

TEST(Children, ThatStandStillAreEnded) {
  const auto probes = probes_in_children("/bin/sh", {"-c", "sleep 60"}, kShort);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(ask(*probes, LibraryKind::service, "x").state, LibraryState::stalled);
  EXPECT_EQ(probes->graph({"step.neuron", 1, 1, ""}).state, FileState::stalled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

// Each child answers for its first library and dies: the second has no answer, others follow.
TEST(Children, FollowEachOther) {
  LibraryFacts first;
  first.state = LibraryState::loaded;
  const std::string script = "printf '%s\\n' 'answer " + library_line(first) + "'; kill -SEGV $$";
  const auto probes = probes_in_children("/bin/sh", {"-c", script});
  const std::vector<LibraryFacts> facts = probes->libraries(
      {{LibraryKind::adapter, "a"}, {LibraryKind::adapter, "b"}, {LibraryKind::adapter, "c"}});
  ASSERT_EQ(facts.size(), 3U);
  EXPECT_EQ(facts[0].state, LibraryState::loaded);
  EXPECT_EQ(facts[1].state, LibraryState::crashed);
  EXPECT_EQ(facts[1].name, "b");
  EXPECT_EQ(facts[2].state, LibraryState::loaded);
}

TEST(Children, MayPrintLinesOfTheirOwn) {
  const auto probes = probes_in_children(
      "/bin/sh",
      {"-c",
       R"(printf 'vendor says\nanswer {"state":"loaded","seconds":0.5,"answer":"","message":""}\nbye\n')"});
  const GraphFacts graph = probes->graph({"step.neuron", 1, 1, ""});
  EXPECT_EQ(graph.state, FileState::loaded);
  EXPECT_EQ(graph.seconds, 0.5);
}

TEST(Children, ThatCannotBeStartedAreDoneWithout) {
  const auto probes = probes_in_children("/no/such/program", {});
  EXPECT_EQ(ask(*probes, LibraryKind::runtime, SOTTO_FAKE_RUNTIME).answer, 4);
}

TEST(Children, AreAskedInWordsThatTheyKnow) {
  std::vector<std::string> said;
  answer_probe({"libraries", "runtime", "libneuron_runtime.6.so", "runtime", SOTTO_FAKE_RUNTIME,
                "service", SOTTO_FAKE_SERVICE},
               [&](const std::string& line) { said.push_back(line); });
  ASSERT_EQ(said.size(), 2U) << "one that is absent, one that is there, and none behind that";
  EXPECT_THAT(said.front(), testing::StartsWith("answer {"));
  const auto nothing = [](const std::string& /*line*/) {};
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{},
                                             {"library"},
                                             {"library", "oracle", "x"},
                                             {"graph", "f", "many", "1", ""},
                                             {"x", "y"}}) {
    EXPECT_THAT(refusal_of([&] { answer_probe(words, nothing); }), HasSubstr("expected a"));
  }
}

TEST(WatchedChildren, HandOnTheirLines) {
  std::vector<std::string> lines;
  const WatchedRun run = run_watched(
      {"/bin/sh", {"-c", "echo one; echo two; echo bad >&2; printf rest; exit 3"}, {}, {}},
      milliseconds(5000), [&](std::string_view line) { lines.emplace_back(line); });
  EXPECT_THAT(lines, ElementsAre("one", "two"));
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_EQ(run.errors, "bad\n");
  EXPECT_FALSE(run.stood_still);
  EXPECT_FALSE(run.crashed());
}

}  // namespace
}  // namespace sotto::test
