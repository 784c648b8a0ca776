#include "run/doctor/graph_probe.h"

#include <chrono>

#include "core/base/error.h"
#include "core/neuron/neuron_api.h"
#include "run/backends/neuron/device.h"

namespace sotto {

GraphFacts probe_graph(const GraphQuestion& question) {
  GraphFacts facts;
  facts.state = FileState::refused;
  try {
    const auto device = neuron::open_device(question.adapter, NpuOptions{});
    const auto start = std::chrono::steady_clock::now();
    const auto graph =
        device->load(neuron::open_compiled(question.file), {question.inputs, question.outputs});
    facts.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    facts.state = FileState::loaded;
  } catch (const neuron::RefusedCall& refusal) {
    facts.answer = neuron::name_of(refusal.result());
    facts.message = refusal.message();
  } catch (const Error& error) {
    facts.message = error.message();
  }
  return facts;
}

}  // namespace sotto
