#include "simulators/neuron_adapter/call.h"

#include <cstdio>
#include <mutex>
#include <new>

#include "core/neuron/simulation.h"
#include "simulators/neuron_adapter/counts.h"
#include "simulators/neuron_adapter/refusal.h"
#include "simulators/neuron_adapter/switches.h"

namespace sotto::simulator {
namespace {

void introduce() {
  static std::once_flag said;
  std::call_once(said, [] {
    const neuron::Version& version = switches().version;
    std::fprintf(stderr,
                 "%s: plays %s with Neuron %d.%d.%d. It is no board: "
                 "neither its numbers nor its speed are one's.\n",
                 neuron::kSimulatorName, soc().c_str(), version.major, version.minor,
                 version.patch);
  });
}

void complain(const char* function, const char* sentence) {
  std::fprintf(stderr, "%s: %s(): %s\n", neuron::kSimulatorName, function, sentence);
}

}  // namespace

neuron::Result answer(const char* function, const std::function<void()>& body) noexcept {
  constexpr neuron::Result kOperationFailed = 5;
  try {
    introduce();
    if (count_call()) refuse(kOperationFailed, "this call fails, as $SOTTO_SIM_FAIL_CALL asks");
    body();
    return neuron::kOk;
  } catch (const Refusal& refusal) {
    complain(function, refusal.what());
    return refusal.result();
  } catch (const std::bad_alloc&) {
    complain(function, "there is not enough memory");
    return neuron::kOutOfMemory;
  } catch (const std::exception& error) {
    complain(function, error.what());
    return kOperationFailed;
  }
}

void release(const char* function, const void* handle, const std::function<void()>& body) noexcept {
  if (handle == nullptr) return;
  try {
    body();
  } catch (const std::exception& error) {
    complain(function, error.what());
  }
}

}  // namespace sotto::simulator
