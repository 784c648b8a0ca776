#include "run/doctor/probes.h"

#include "core/bundle/bundle.h"

namespace sotto {
namespace {

class OwnProcess : public Probes {
 public:
  std::vector<LibraryFacts> libraries(const std::vector<LibraryQuestion>& questions) override {
    std::vector<LibraryFacts> facts;
    facts.reserve(questions.size());
    for (const LibraryQuestion& question : questions) facts.push_back(probe_library(question));
    return facts;
  }
  GraphFacts graph(const GraphQuestion& question) override { return probe_graph(question); }
  void self_test(const SelfTestQuestion& question, const SelfTestListener& listener) override {
    try_operations(question, listener);
  }
};

}  // namespace

void try_operations(const SelfTestQuestion& question, const SelfTestListener& listener) {
  const std::vector<OperationCase> cases = operation_cases(Bundle::open(question.bundle));
  const neuron::Api api = neuron::load_api(question.adapter);
  for (std::size_t i = static_cast<std::size_t>(question.first); i < cases.size(); ++i) {
    listener.begin(i);
    listener.end(try_operation(api, cases[i], question.seed));
  }
}

std::unique_ptr<Probes> probes_in_process() { return std::make_unique<OwnProcess>(); }

}  // namespace sotto
