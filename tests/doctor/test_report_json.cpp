#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "run/doctor/findings.h"
#include "run/doctor/report_json.h"
#include "run/self_test/self_test_json.h"
#include "support/expect_error.h"

namespace sotto::test {
namespace {

using testing::HasSubstr;

std::string plain(const Option& option) { return "--" + std::string(option.name); }

std::span<const std::byte> bytes(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

OperationResult some_result() {
  OperationResult result;
  result.operation = "BATCH_MATMUL";
  result.description = "[1, 2] -> [3]";
  result.graphs = {"encoder_tflite", "decoder_tflite"};
  result.occurrences = 12;
  result.verdict = Verdict::wrong;
  result.function = "NeuronCompilation_finish";
  result.answer = "NEURON_UNMAPPABLE";
  result.compile_seconds = 0.5;
  result.run_seconds = 0.25;
  result.elements = 6;
  result.wrong_elements = 1;
  result.element = 4;
  result.expected = -0.125;
  result.found = 29;
  result.bound = 0.003;
  result.sentence = "it is wrong";
  result.remedy = "update it";
  return result;
}

/// A report with something in every field.
Report full_report() {
  Report report;
  report.program_version = "0.1.0";
  report.simulation = true;
  report.system = {"a board",       "mt8371",     "a file",  "an OS",
                   "6.6",           "glibc 2.36", "aarch64", {{"Cortex-A55", 6}},
                   {"dot product"}, 1234,         567};
  LibraryFacts library;
  library.kind = LibraryKind::runtime;
  library.name = "libneuron_runtime.8.so";
  library.state = LibraryState::crashed;
  library.path = "/usr/lib/libneuron_runtime.8.so";
  library.version = "8.0.10";
  library.message = "a message \"with quotes\" and \xC3\xA9";
  library.missing_required = {"a"};
  library.missing_optional = {"b", "c"};
  library.devices = {"mdla"};
  library.l1_kb = 256;
  library.seconds = 0.125;
  library.call = "f";
  library.answer = -4;
  library.call_message = "no";
  library.shares_memory = false;
  library.simulation = true;
  report.libraries = {library, {}};
  report.nodes = {{"/dev/apusys", NodeState::denied, "Permission denied"}};
  FileFacts file;
  file.name = "f.dla";
  file.role = "encoder_tflite@mt8371.dla";
  file.graph = "encoder";
  file.compiled_as = "dla";
  file.soc = "mt8371";
  file.tool = "ncc-tflite 8.0.10";
  file.bytes = 1ULL << 40U;
  file.major = 8;
  file.is_partial = file.forbids_bridges = true;
  file.state = FileState::stalled;
  file.seconds = 1.5;
  file.answer = "NEURON_BAD_DATA";
  file.message = "no";
  report.bundle =
      BundleFacts{"models", "base", "damaged", {file, {}}, {{"e.tflite", "encoder", 3, 2}}};
  report.self_test = SelfTest{"base", "lib.so", "8.2.26", true, 7, 2.5, {some_result()}};
  report.findings = {{"npu", State::problem, "it is broken", "mend it"}};
  return report;
}

TEST(ReportJson, IsReadBackAsItWas) {
  const Report report = full_report();
  const std::string text = report_json(report, plain);
  EXPECT_EQ(parse_report(bytes(text), "report"), report);
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json.at("simulation"), true);
  EXPECT_EQ(json.at("passed"), false);
  EXPECT_EQ(json.at("findings").at(0).at("state"), "problem");
  EXPECT_EQ(parse_report(bytes(report_json({}, plain)), "report"), Report());
}

TEST(ReportJson, SpellsOptions) {
  Report report;
  report.findings = {{"x", State::note, concat("set ", Option{"soc"}), concat(Option{"neuron"})}};
  const Report read = parse_report(bytes(report_json(report, plain)), "report");
  EXPECT_EQ(read.findings[0].sentence, "set --soc");
  EXPECT_EQ(read.findings[0].remedy, "--neuron");
}

TEST(ReportJson, KeepsOptionsMarkedOnTheWayFromAChild) {
  LibraryFacts facts;
  facts.message = concat("name it with ", Option{"neuron"});
  EXPECT_EQ(parse_library_line(library_line(facts), "child"), facts);
  const GraphFacts graph{FileState::refused, 0.5, "NEURON_BAD_DATA", facts.message};
  EXPECT_EQ(parse_graph_line(graph_line(graph), "child"), graph);
  OperationResult result = some_result();
  result.remedy = facts.message;
  EXPECT_EQ(parse_result_line(result_line(result), "child"), result);
}

TEST(ReportJson, OfTextThatIsNoUtf8IsStillJson) {
  Report report;
  report.system.board = "\xFF\xFE";
  EXPECT_NO_THROW(static_cast<void>(parse_report(bytes(report_json(report, plain)), "report")));
}

TEST(SelfTestJson, IsReadBackAndKeepsWhatIsNoNumber) {
  SelfTest test{"base", "lib.so", "8.2.26", false, 1, 2.5, {some_result()}};
  EXPECT_EQ(parse_self_test(bytes(self_test_json(test, plain)), "test"), test);
  EXPECT_FALSE(test.passed());
  test.results[0].found = std::numeric_limits<double>::quiet_NaN();
  const SelfTest read = parse_self_test(bytes(self_test_json(test, plain)), "test");
  EXPECT_TRUE(std::isnan(read.results[0].found));
}

// One change each to a report that is right.
TEST(ReportJson, IsRefusedWhereItIsNone) {
  const auto refusal = [](const std::string& pointer, const nlohmann::json& value) {
    auto json = nlohmann::json::parse(report_json(full_report(), plain));
    json[nlohmann::json::json_pointer(pointer)] = value;
    const std::string text = json.dump();
    return expect_error(ErrorKind::format, "report",
                        [&] { static_cast<void>(parse_report(bytes(text), "report")); });
  };
  EXPECT_THAT(refusal("/format", "sotto"), HasSubstr("expected a report of `sotto doctor`"));
  EXPECT_THAT(refusal("/version", 2), HasSubstr("version 1"));
  EXPECT_THAT(refusal("/simulation", "yes"), HasSubstr("\"simulation\""));
  EXPECT_THAT(refusal("/system", 3), HasSubstr("expected an object"));
  EXPECT_THAT(refusal("/system/cores/0/count", -1), HasSubstr("\"count\""));
  EXPECT_THAT(refusal("/system/features/0", 1), HasSubstr("\"features\""));
  EXPECT_THAT(refusal("/libraries/0/state", "asleep"), HasSubstr("expected a state or kind"));
  EXPECT_THAT(refusal("/libraries/0/answer", "four"), HasSubstr("answer"));
  EXPECT_THAT(refusal("/libraries/0/seconds", "long"), HasSubstr("\"seconds\""));
  EXPECT_THAT(refusal("/bundle/files", nullptr), HasSubstr("\"files\""));
  EXPECT_THAT(refusal("/self_test/results/0/verdict", "fine"), HasSubstr("expected a verdict"));
  EXPECT_THAT(refusal("/self_test/format", "x"), HasSubstr("sotto self-test"));
  EXPECT_THAT(refusal("/findings/0/sentence", 1), HasSubstr("\"sentence\""));
  const std::string huge(std::size_t{5} << 20U, ' ');
  EXPECT_THAT(refusal_of([&] { static_cast<void>(parse_report(bytes(huge), "report")); }),
              HasSubstr("report"));
}

}  // namespace
}  // namespace sotto::test
