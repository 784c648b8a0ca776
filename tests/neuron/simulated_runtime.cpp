#include "neuron/simulated_runtime.h"

#include <gtest/gtest.h>

#include "neuron/simulated_model.h"
#include "simulators/neuron_adapter/dla.h"

namespace sotto::test {

using namespace neuron;
using namespace neuron::runtime;

const RuntimeApi& simulated_runtime() {
  static const RuntimeApi api = load_runtime_api(find_library(SOTTO_SIMULATED_RUNTIME));
  return api;
}

const OtherFunctions& other_functions() {
  static const OtherFunctions functions = [] {
    const SharedLibrary library(SOTTO_SIMULATED_RUNTIME);
    const auto take = [&](auto& member, const char* name) {
      member =
          library.function<std::remove_pointer_t<std::remove_reference_t<decltype(member)>>>(name);
    };
    OtherFunctions found{};
    take(found.create, "NeuronRuntime_create");
    take(found.load_from_file, "NeuronRuntime_loadNetworkFromFile");
    take(found.input_padded_size, "NeuronRuntime_getInputPaddedSize");
    take(found.output_padded_dimensions, "NeuronRuntime_getOutputPaddedDimensions");
    return found;
  }();
  return functions;
}

const std::vector<std::byte>& simulated_dla() {
  static const std::vector<std::byte> dla = [] {
    const auto header = simulator::dla_header();
    std::vector<std::byte> bytes(header.begin(), header.end());
    const auto network = SimulatedModel().network();
    bytes.insert(bytes.end(), network.begin(), network.end());
    return bytes;
  }();
  return dla;
}

QualityOfService some_quality() {
  QualityOfService quality{};
  quality.priority = 2;
  quality.boost = 100;
  quality.power_off_time = kUsualPowerOffTime;
  quality.power_policy = kSustainable;
  return quality;
}

SimulatedRuntime::~SimulatedRuntime() {
  if (runtime != nullptr) simulated_runtime().release(runtime);
}

SimulatedRuntime& SimulatedRuntime::created() {
  Environment environment{};
  environment.device = kHardwareDevice;
  EXPECT_EQ(simulated_runtime().create("", &environment, &runtime), runtime::kOk);
  return *this;
}

Result SimulatedRuntime::load(const std::vector<std::byte>& bytes) const {
  return simulated_runtime().load_from_buffer(runtime, bytes.data(), bytes.size());
}

Result SimulatedRuntime::set_input(std::uint64_t index, const void* data, std::size_t bytes,
                                   int descriptor) const {
  return simulated_runtime().set_input(runtime, index, data, bytes, {descriptor});
}

SimulatedRuntime& SimulatedRuntime::loaded() {
  created();
  EXPECT_EQ(load(simulated_dla()), runtime::kOk);
  return *this;
}

SimulatedRuntime& SimulatedRuntime::bound() {
  loaded();
  EXPECT_EQ(set_input(0, values.data(), 16), runtime::kOk);
  EXPECT_EQ(set_input(1, values.data(), 16), runtime::kOk);
  EXPECT_EQ(simulated_runtime().set_output(runtime, 0, sum.data(), 16, {kNoDescriptor}),
            runtime::kOk);
  return *this;
}

}  // namespace sotto::test
