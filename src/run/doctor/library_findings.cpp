#include <algorithm>

#include "core/base/error.h"
#include "core/neuron/neuron_api.h"
#include "run/doctor/findings.h"

namespace sotto {
namespace {

// What LiteRT's start waits for without a sign.
constexpr double kLongCall = 1;

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string title(const LibraryFacts& library) { return concat("library ", library.name); }

/// Why a library is there and was not loaded, and what to do.
Diagnosis refusal_of(const LibraryFacts& library) {
  Diagnosis finding{title(library), State::note, "", ""};
  const bool is_hidden = contains(library.message, "is not accessible for the namespace") ||
                         (library.state == LibraryState::absent && !library.path.empty());
  if (is_hidden) {
    finding.sentence =
        concat(library.name, library.path.empty() ? "" : concat(" lies at ", library.path, " and"),
               " is closed to this program by Android's loader");
    finding.remedy =
        "an APK must name it in <uses-native-library> of its manifest, and the system in "
        "public.libraries; a program started from a shell needs neither where /vendor and /system "
        "are open to it";
  } else if (library.state == LibraryState::crashed || library.state == LibraryState::stalled) {
    finding.sentence =
        concat(library.name, " does not come back from being asked: ", library.message);
    finding.remedy = "update the device's NeuroPilot, or name another library";
  } else if (!library.missing_required.empty()) {
    finding.sentence =
        concat(library.name, " lacks the function ", library.missing_required.front(),
               library.missing_required.size() > 1
                   ? concat(" and ", library.missing_required.size() - 1, " more")
                   : "");
    finding.remedy = "it is another library, or too old a version: take the device's own";
  } else if (contains(library.message, "cannot open shared object file") ||
             contains(library.message, "\" not found")) {
    finding.sentence = concat(library.name, " needs a library that is lacking: ", library.message);
    finding.remedy =
        "install the vendor's package as a whole, or name the folder of its libraries in "
        "$LD_LIBRARY_PATH";
  } else {
    finding.sentence = concat(library.name, " cannot be used: ", library.message);
    finding.remedy = "take the device's own library";
  }
  return finding;
}

bool is_there(const LibraryFacts& library) {
  return library.state != LibraryState::absent || !library.path.empty();
}

void judge_runtime(const LibraryFacts& library, Report& report) {
  if (!library.answer || *library.answer == neuron::kOk) return;
  const bool is_of_host = *library.answer == neuron::kBadData;
  report.findings.push_back(
      {title(library), State::note,
       is_of_host ? concat(library.path,
                           " answers error 4, as a NeuronRuntime of the host's SDK does "
                           "on a device")
                  : concat(library.path, " answers error ", *library.answer,
                           " to being made for this hardware"),
       "take the libneuron_runtime of the device's own system, not the SDK's"});
}

void judge_service(const LibraryFacts& library, Report& report) {
  const bool stalls = library.state == LibraryState::stalled;
  if (!stalls && library.seconds < kLongCall) return;
  const std::string time =
      stalls ? std::string("does not come back") : concat("takes ", shown_seconds(library.seconds));
  report.findings.push_back(
      {title(library), State::note,
       concat("asking NeuroPilot's service for its number ", time,
              ", and LiteRT waits for that whenever it starts on the NPU"),
       concat("run compiled graphs with ", Option{"backend", "neuron"}, ", which does not ask")});
}

void judge_run(const LibraryFacts& adapter, Report& report) {
  if (adapter.answer && *adapter.answer != neuron::kOk) {
    report.findings.push_back(
        {"npu", State::problem,
         concat("a network of one addition does not run: ", adapter.call_message),
         "see the rows of /dev/apusys; where they are open, update the device's NeuroPilot"});
  } else if (adapter.shares_memory == false) {
    report.findings.push_back(
        {"memory of the NPU", State::note,
         concat(adapter.name, " takes no shared memory here, so every run copies what passes"),
         "open /dev/dma_heap/system to this user"});
  } else if (adapter.answer) {
    report.findings.push_back({"memory of the NPU", State::ok,
                               "a network ran in memory that is shared with the NPU", ""});
  }
}

void judge_adapter(const LibraryFacts& adapter, Report& report) {
  std::string devices;
  for (const std::string& name : adapter.devices) {
    devices += concat(devices.empty() ? ", devices: " : ", ", name);
  }
  report.findings.push_back(
      {title(adapter), State::ok,
       concat("NeuronAdapter ", adapter.version, " is loaded from ", adapter.path, devices,
              adapter.l1_kb ? concat(", L1 ", *adapter.l1_kb, " KB") : ""),
       ""});
  if (!adapter.missing_optional.empty()) {
    std::string names;
    for (const std::string& name : adapter.missing_optional) {
      names += concat(names.empty() ? "" : ", ", name);
    }
    report.findings.push_back({title(adapter), State::note,
                               concat(adapter.name, ' ', adapter.version, " lacks ", names),
                               "what needs one of them says so; a later NeuroPilot has them"});
  }
  judge_run(adapter, report);
}

}  // namespace

void judge_libraries(Report& report) {
  const LibraryFacts* adapter = report.adapter();
  if (adapter != nullptr) {
    judge_adapter(*adapter, report);
  } else {
    report.findings.push_back(
        {"npu", State::problem, "no NeuronAdapter can be loaded, through which the NPU is reached",
         concat(
             "boards with NeuroPilot have one: install the vendor's package, or name the library "
             "with ",
             Option{"neuron"}, " or $SOTTO_NEURON")});
  }
  for (const LibraryFacts& library : report.libraries) {
    const bool is_refused = library.state != LibraryState::loaded && is_there(library);
    if (library.kind == LibraryKind::service && is_there(library)) {
      judge_service(library, report);
    } else if (is_refused) {
      Diagnosis finding = refusal_of(library);
      if (library.kind == LibraryKind::adapter && adapter == nullptr)
        finding.state = State::problem;
      report.findings.push_back(std::move(finding));
    } else if (library.kind == LibraryKind::runtime) {
      judge_runtime(library, report);
    }
  }
}

}  // namespace sotto
