#include "run/doctor/doctor.h"

#include <algorithm>
#include <chrono>

#include "core/base/error.h"
#include "core/bundle/bundle.h"
#include "run/doctor/bundle_facts.h"
#include "run/doctor/device_nodes.h"
#include "run/doctor/findings.h"
#include "run/doctor/known_socs.h"
#include "run/doctor/system_facts.h"

namespace sotto {
namespace {

class Examination {
 public:
  Examination(const DoctorOptions& options, Probes& probes) : options_(options), probes_(probes) {}

  Report run() {
    report_.program_version = options_.program_version;
    if (!options_.bundle.empty()) {
      tell("reading the bundle");
      report_.bundle = bundle_facts(options_.bundle);
    }
    report_.system = system_facts(options_.root);
    report_.nodes = device_nodes(options_.root);
    ask_libraries();
    if (report_.bundle && report_.bundle->damage.empty()) {
      load_files();
      if (options_.self_test) test_operations();
    }
    judge(report_);
    return std::move(report_);
  }

 private:
  void tell(const std::string& what) const {
    if (options_.progress) options_.progress(what);
  }

  void ask_libraries() {
    tell("asking the vendor's libraries");
    report_.libraries = probes_.libraries(library_questions(options_.adapter, options_.litert));
    for (LibraryFacts& facts : report_.libraries) {
      if (facts.path.empty()) facts.path = find_library(options_.root, facts.name);
    }
    const LibraryFacts* adapter = report_.adapter();
    report_.simulation = adapter != nullptr && adapter->simulation;
    if (!report_.simulation || adapter->devices.empty()) return;
    const std::vector<std::string> played = socs_in(adapter->devices.front());
    if (played.empty()) return;
    report_.system.soc = played.front();
    report_.system.soc_source = "the simulator plays it";
  }

  /// By its path where it is known, so that a child finds it as this process did.
  [[nodiscard]] std::filesystem::path adapter_path() const {
    const LibraryFacts& adapter = *report_.adapter();
    return adapter.path.empty() ? adapter.name : adapter.path;
  }

  [[nodiscard]] bool is_worth_a_try(const FileFacts& file) const {
    const std::string& soc = report_.system.soc;
    return file.state == FileState::not_tried &&
           (soc.empty() || family_of(file.soc) == family_of(soc));
  }

  void load_files() {
    if (report_.adapter() == nullptr) return;
    const Bundle bundle = Bundle::open(options_.bundle);
    for (FileFacts& file : report_.bundle->files) {
      if (!is_worth_a_try(file)) continue;
      tell("loading " + file.name);
      const GraphFacts facts = probes_.graph(graph_question(bundle, file, adapter_path()));
      file.state = facts.state;
      file.seconds = facts.seconds;
      file.answer = facts.answer;
      file.message = facts.message;
    }
  }

  void test_operations() {
    const LibraryFacts* adapter = report_.adapter();
    if (adapter == nullptr) return;
    const auto start = std::chrono::steady_clock::now();
    const std::vector<OperationCase> cases = operation_cases(Bundle::open(options_.bundle));
    SelfTest test;
    test.bundle = report_.bundle->model;
    test.library = adapter->path;
    test.version = adapter->version;
    test.simulation = adapter->simulation;
    test.seed = kSelfTestSeed;
    const SelfTestListener listener{
        [&](std::uint64_t index) {
          tell(concat("operation ", index + 1, " of ", cases.size(), ": ",
                      cases[static_cast<std::size_t>(index)].operation));
        },
        [&](OperationResult result) { test.results.push_back(std::move(result)); }};
    probes_.self_test({options_.bundle, adapter_path(), 0, test.seed}, listener);
    test.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    report_.self_test = std::move(test);
  }

  const DoctorOptions& options_;
  Probes& probes_;
  Report report_;
};

}  // namespace

Report examine(const DoctorOptions& options, Probes& probes) {
  if (options.self_test && options.bundle.empty()) {
    fail(ErrorKind::usage, Option{"self-test"},
         ": expected a bundle, whose operations are tried, found none");
  }
  return Examination(options, probes).run();
}

}  // namespace sotto
