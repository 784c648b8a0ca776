#include "run/doctor/findings.h"

#include <cmath>
#include <map>
#include <tuple>
#include <vector>

#include "core/base/error.h"
#include "run/doctor/known_socs.h"

namespace sotto {
namespace {

std::string megabytes(std::uint64_t bytes) { return concat(bytes >> 20U, " MB"); }

void judge_soc(Report& report) {
  const SystemFacts& system = report.system;
  const KnownSoc* soc = find_soc(system.soc);
  if (system.soc.empty()) {
    report.findings.push_back(
        {"soc", State::note, "no chip of MediaTek's is named by this system",
         "on a board this would be in its device tree or Android's properties; compiled files are "
         "tried whatever they are compiled for"});
  } else if (soc == nullptr) {
    report.findings.push_back({"soc", State::note,
                               concat(shown_soc(system.soc), " (", system.soc_source,
                                      ") is none of the chips that Sotto knows"),
                               concat("`sotto check` with ", Option{"list-targets"},
                                      " shows on a host those that compilers take")});
  } else if (!soc->refusal.empty()) {
    report.findings.push_back({"soc", State::problem,
                               concat(shown_soc(soc->name), ": ", soc->refusal),
                               concat("transcribe with ", Option{"backend", "litert"},
                                      ", which runs on its processors")});
  } else {
    report.findings.push_back(
        {"soc", State::ok,
         concat(shown_soc(soc->name), " (", system.soc_source, ")",
                soc->generation.empty() ? "" : concat(", NPU ", soc->generation),
                soc->family == soc->name ? "" : concat(", of the family ", soc->family)),
         ""});
  }
}

void judge_memory(Report& report) {
  const std::uint64_t available = report.system.available_bytes;
  if (!report.bundle || available == 0) return;
  std::uint64_t bytes = 0;
  for (const FileFacts& file : report.bundle->files) {
    const bool is_full_decoder = file.graph == "decoder" || file.graph == "encoder";
    if (file.state != FileState::refused && !is_full_decoder) bytes += file.bytes;
  }
  if (bytes <= available) return;
  report.findings.push_back({"memory", State::note,
                             concat("the compiled graphs that run together have ", megabytes(bytes),
                                    ", and ", megabytes(available), " of memory are available"),
                             "they are mapped, so the system may drop and read them again, which "
                             "costs time: free memory, "
                             "or take a smaller model"});
}

}  // namespace

std::string shown_seconds(double seconds) {
  constexpr double kLongest = 1e6;
  if (!(std::abs(seconds) < kLongest)) return "more than a week";
  const auto hundredths = std::llround(seconds * 100);
  if (hundredths <= 0) return "less than 0.01 s";
  return concat(static_cast<double>(hundredths) / 100, " s");
}

void judge(Report& report) {
  report.findings.clear();
  judge_system(report);
  judge_libraries(report);
  judge_nodes(report);
  judge_bundle(report);
  judge_self_test(report);
}

void judge_system(Report& report) {
  if (report.simulation) {
    report.findings.push_back({"simulation", State::note,
                               "this is a simulation: Sotto's simulator answers, and neither its "
                               "numbers nor its speed are a board's",
                               "on a board leave out what names the simulator's library"});
  }
  judge_soc(report);
  judge_memory(report);
}

void judge_nodes(Report& report) {
  const LibraryFacts* adapter = report.adapter();
  const bool runs = adapter != nullptr && adapter->answer == 0;
  for (const NodeFacts& node : report.nodes) {
    if (node.state == NodeState::works || node.state == NodeState::absent) continue;
    const std::string what = concat("device ", node.path);
    const bool is_apu = node.path.find("apusys") != std::string::npos;
    const std::string reason = node.state == NodeState::denied
                                   ? concat("is closed to this user (", node.message, ')')
                                   : concat("cannot be opened (", node.message, ')');
    if (!is_apu) {
      report.findings.push_back(
          {what, State::note,
           concat(node.path, ' ', reason, ", so memory for the NPU is not from there"),
           "run as a user who may open it, else buffers are anonymous memory or copies"});
    } else if (runs) {
      report.findings.push_back(
          {what, State::note,
           concat(node.path, ' ', reason, ", and ", adapter->name, " reaches the NPU without it"),
           ""});
    } else {
      report.findings.push_back(
          {what, State::problem, concat(node.path, ' ', reason),
           "use the system's libneuronusdk_adapter.mtk.so, through which programs reach the APU "
           "without it, or run as root or a user of its group"});
    }
  }
}

void judge_self_test(Report& report) {
  if (!report.self_test) return;
  const SelfTest& test = *report.self_test;
  // One row for all shapes in which an operation comes to the same end; the test itself has each.
  std::map<std::tuple<std::string, Verdict, std::string>, std::vector<const OperationResult*>> ends;
  for (const OperationResult& result : test.results) {
    if (result.verdict == Verdict::right) continue;
    ends[{result.operation, result.verdict, result.answer}].push_back(&result);
  }
  for (const auto& [end, results] : ends) {
    const OperationResult& first = *results.front();
    const std::size_t more = results.size() - 1;
    report.findings.push_back({concat("operation ", first.operation),
                               first.verdict == Verdict::untested ? State::note : State::problem,
                               more == 0
                                   ? first.sentence
                                   : concat(first.sentence, " (and ", more, " other shapes of it)"),
                               first.remedy});
  }
  if (!test.passed()) return;
  report.findings.push_back({"self-test", State::ok,
                             concat(test.count(Verdict::right),
                                    " distinct operations are right within float16's rounding"),
                             ""});
}

}  // namespace sotto
