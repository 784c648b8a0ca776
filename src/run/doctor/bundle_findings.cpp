#include <algorithm>
#include <array>
#include <set>

#include "core/base/error.h"
#include "core/neuron/neuron_api.h"
#include "run/doctor/findings.h"
#include "run/doctor/known_socs.h"

namespace sotto {
namespace {

// From where on a start is felt.
constexpr double kLongLoad = 2;
// Where compilers have given up: docs/targets.md.
constexpr std::uint64_t kManyOperators = 4500;

/// What compiles a bundle anew for the device of a report.
std::string compile_again(const Report& report) {
  const std::string soc = report.system.soc.empty() ? "SOC" : report.system.soc;
  return concat("compile the bundle on a host: `sotto compile BUNDLE` with ", Option{"target"}, ' ',
                soc, " and ", Option{"toolchain", "neuron"});
}

bool is_of_device(const FileFacts& file, const Report& report) {
  return report.system.soc.empty() || family_of(file.soc) == family_of(report.system.soc);
}

/// A file's own row.
class FileJudge {
 public:
  FileJudge(const FileFacts& file, Report& report)
      : file_(file), report_(report), what_(concat("file ", file.name)) {}

  void run() {
    if (file_.is_partial) return partial();
    if (!is_of_device(file_, report_)) return other_soc();
    if (is_of_other_version()) return other_version();
    if (file_.state == FileState::loaded) return loaded();
    if (file_.state == FileState::not_tried) return not_tried();
    not_loaded();
  }

 private:
  void add(State state, std::string sentence, std::string remedy) {
    report_.findings.push_back({what_, state, std::move(sentence), std::move(remedy)});
  }

  [[nodiscard]] bool is_of_other_version() const {
    const LibraryFacts* adapter = report_.adapter();
    if (adapter == nullptr || !file_.major) return false;
    return !adapter->version.starts_with(concat(*file_.major, '.'));
  }

  void partial() {
    add(State::problem,
        concat(file_.name,
               " has a part of its graph compiled, and the rest would run on the CPU "
               "without a word"),
        concat("compile it again with ", Option{"toolchain", "litert"},
               ", which refuses that unless it is told to allow it, after `sotto check` on it"));
  }

  void other_soc() {
    add(State::note,
        concat(file_.name, " is compiled for ", shown_soc(file_.soc), ", and this device is ",
               shown_soc(report_.system.soc)),
        compile_again(report_));
  }

  void other_version() {
    const LibraryFacts& adapter = *report_.adapter();
    const std::string major = adapter.version.substr(0, adapter.version.find('.'));
    add(State::problem,
        concat(file_.name, " is compiled by NeuroPilot ", *file_.major, " (", file_.tool,
               "), and this device has ", adapter.version,
               ", which fails to restore networks of another major version"),
        concat("compile the bundle again with MediaTek's SDK of version ", major, ", which ",
               Option{"sdk"}, " names"));
  }

  void loaded() {
    const bool is_long = file_.seconds > kLongLoad;
    add(is_long ? State::note : State::ok,
        concat(file_.name, " loads in ", shown_seconds(file_.seconds)),
        is_long
            ? "each start of the program takes that: give one run all recordings, or a folder of "
              "them"
            : "");
    if (file_.compiled_as != "dla" || file_.forbids_bridges) return;
    add(State::note,
        concat(file_.name,
               " does not say whether operators were left to the CPU (bridged) when it "
               "was compiled"),
        concat("compile with ", Option{"extra"},
               "=--disallow-bridge, which refuses a graph rather than that"));
  }

  void not_tried() {
    add(State::note, concat(file_.name, " was not loaded, for no NeuronAdapter was"), "");
  }

  void not_loaded() {
    if (file_.answer == neuron::name_of(neuron::kUnmappable)) {
      add(State::problem,
          concat(file_.name, ": the runtime cannot map the graph to this NPU (NEURON_UNMAPPABLE)"),
          concat("ask `sotto check` of the bundle which operators the NPU does not take, then ",
                 compile_again(report_)));
    } else if (file_.state == FileState::refused) {
      add(State::problem, concat(file_.name, " is not taken by this device: ", file_.message),
          concat("it is whole, so it is another version's or another chip's: ",
                 compile_again(report_)));
    } else {
      add(State::problem,
          concat(file_.name, ": the runtime does not come back from loading it: ", file_.message),
          compile_again(report_));
    }
  }

  const FileFacts& file_;
  Report& report_;
  std::string what_;
};

/// The graphs of which a file is loaded, or could be.
std::set<std::string> usable_graphs(const Report& report) {
  std::set<std::string> graphs;
  for (const FileFacts& file : report.bundle->files) {
    if (file.state == FileState::loaded) graphs.insert(file.graph);
  }
  return graphs;
}

/// Which graphs are lacking for transcribing on the NPU; empty where none is.
std::vector<std::string> lacking_graphs(const std::set<std::string>& usable) {
  const auto lacking = [&](std::initializer_list<const char*> wanted) {
    std::vector<std::string> names;
    for (const char* name : wanted) {
      if (usable.count(name) == 0) names.emplace_back(name);
    }
    return names;
  };
  auto with_cache = lacking({"crosskv", "step", "prefill"});
  auto without = lacking({"encoder", "decoder"});
  return without.size() < with_cache.size() ? without : with_cache;
}

void judge_coverage(Report& report) {
  if (report.adapter() == nullptr) {
    report.findings.push_back(
        {"coverage", State::note,
         "the NPU is not reached, so whatever runs the bundle here runs it on the CPU", ""});
    return;
  }
  const std::set<std::string> usable = usable_graphs(report);
  const std::vector<std::string> lacking = lacking_graphs(usable);
  if (usable.empty()) {
    report.findings.push_back(
        {"coverage", State::problem,
         "no file of the bundle is compiled for this device, so whatever runs "
         "it runs it on the CPU",
         compile_again(report)});
    return;
  }
  if (lacking.empty()) {
    report.findings.push_back(
        {"coverage", State::ok, "all graphs that transcribing takes run on the NPU", ""});
    report.findings.push_back(
        {"numbers", State::note,
         "that compiled graphs compute what their TFLite files say is not seen by loading them",
         concat("compare them on a host, layer by layer: `sotto verify BUNDLE` with ",
                Option{"backend", "neuron"}, " and ", Option{"layers"}, "; here ",
                Option{"self-test"}, " tries each operation")});
    return;
  }
  std::string names;
  for (const std::string& name : lacking) names += concat(names.empty() ? "" : ", ", name);
  report.findings.push_back({"coverage", State::problem,
                             concat("a part of the model is not compiled for this device (", names,
                                    "), and would run on the CPU"),
                             compile_again(report)});
}

void judge_source(const SourceFacts& source, Report& report) {
  const bool is_encoder = source.graph == "encoder" || source.graph == "crosskv";
  if (source.quantized_tensors > 0) {
    report.findings.push_back(
        {concat("file ", source.name), is_encoder ? State::problem : State::note,
         concat(source.name, " computes in 8 bits (", source.quantized_tensors,
                " tensors), and Whisper's encoders in int8 give garbage on devices"),
         concat("export float graphs, `sotto export` with ", Option{"format", "tflite"},
                ", and compile those")});
  }
  if (source.operators >= kManyOperators) {
    report.findings.push_back(
        {concat("file ", source.name), State::note,
         concat(source.name, " has ", source.operators,
                " operators, at which compilers have failed with NEURON_UNMAPPABLE"),
         "compile its parts by themselves, or take a smaller model"});
  }
}

}  // namespace

void judge_bundle(Report& report) {
  if (!report.bundle) return;
  const BundleFacts& bundle = *report.bundle;
  if (!bundle.damage.empty()) {
    report.findings.push_back({"bundle", State::problem, bundle.damage,
                               "copy the bundle again, or export and compile it anew"});
    return;
  }
  for (const SourceFacts& source : bundle.sources) judge_source(source, report);
  for (const FileFacts& file : bundle.files) FileJudge(file, report).run();
  judge_coverage(report);
}

}  // namespace sotto
