// A stand-in for MediaTek's host compiler, libneuron_adapter.so, that takes everything: what
// LiteRT's MediaTek plugin selects and how it cuts a graph is then the plugin's own doing. Only
// what the plugin looks up is here, declared from public knowledge of the interface.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int kOk = 0;
constexpr int kBadData = 4;
constexpr char kBlob[] = "compiled by a stand-in";
int some_object;

}  // namespace

// Functions of which only the answer matters; the caller's arguments are passed over, as the
// calling conventions of C allow.
#define SOTTO_ACCEPT(name) \
  int name() { return kOk; }
#define SOTTO_RELEASE(name) \
  void name() {}

extern "C" {

struct NeuronRuntimeVersion {
  std::uint8_t major, minor, patch;
};

// From 8.2.24 on the plugin asks the compiler which operations it supports, and this one says all;
// before, it goes by its own list of them, which SOTTO_STUB_OLD_COMPILER in the environment shows.
int Neuron_getVersion(NeuronRuntimeVersion* version) {
  *version = {8, 2, 26};
  if (std::getenv("SOTTO_STUB_OLD_COMPILER") != nullptr) version->patch = 20;
  return kOk;
}
int Neuron_getL1MemorySizeKb(std::uint32_t* size) {
  *size = 256;
  return kOk;
}

int NeuronModel_create(void** model) {
  *model = &some_object;
  return kOk;
}
SOTTO_RELEASE(NeuronModel_free)
SOTTO_ACCEPT(NeuronModel_setName)
SOTTO_ACCEPT(NeuronModel_addOperand)
SOTTO_ACCEPT(NeuronModel_setOperandValue)
SOTTO_ACCEPT(NeuronModel_setOperandPerChannelQuantParams)
SOTTO_ACCEPT(NeuronModel_setOperandSymmPerChannelQuantParams)
SOTTO_ACCEPT(NeuronModel_addOperation)
SOTTO_ACCEPT(NeuronModel_identifyInputsAndOutputs)
SOTTO_ACCEPT(NeuronModel_finish)
SOTTO_ACCEPT(NeuronModel_relaxComputationFloat32toFloat16)
int NeuronModel_getExtensionOperandType(void*, const char*, std::uint16_t, std::int32_t* type) {
  *type = 0x10000;
  return kOk;
}
int NeuronModel_getExtensionOperationType(void*, const char*, std::uint16_t, std::int32_t* type) {
  *type = 0x10001;
  return kOk;
}
int NeuronModel_restoreFromCompiledNetwork(void**, void**, const void*, std::size_t) {
  return kBadData;
}

int NeuronCompilation_create(void*, void** compilation) {
  *compilation = &some_object;
  return kOk;
}
int NeuronCompilation_createWithOptions(void*, void** compilation, const char*) {
  *compilation = &some_object;
  return kOk;
}
SOTTO_RELEASE(NeuronCompilation_free)
SOTTO_ACCEPT(NeuronCompilation_finish)
SOTTO_ACCEPT(NeuronCompilation_setPriority)
SOTTO_ACCEPT(NeuronCompilation_setPreference)
SOTTO_ACCEPT(NeuronCompilation_setOptimizationHint)
SOTTO_ACCEPT(NeuronCompilation_setOptimizationString)
SOTTO_ACCEPT(NeuronCompilation_setL1MemorySizeKb)
SOTTO_ACCEPT(NeuronCompilation_getInputPaddedDimensions)
SOTTO_ACCEPT(NeuronCompilation_getInputPaddedSize)
SOTTO_ACCEPT(NeuronCompilation_getOutputPaddedDimensions)
SOTTO_ACCEPT(NeuronCompilation_getOutputPaddedSize)
int NeuronCompilation_getSupportedOperations(void*, std::uint32_t count, bool* supported) {
  std::memset(supported, 1, count * sizeof(bool));
  return kOk;
}
int NeuronCompilation_getCompiledNetworkSize(void*, std::size_t* size) {
  *size = sizeof(kBlob);
  return kOk;
}
int NeuronCompilation_storeCompiledNetwork(void*, void* buffer, std::size_t size) {
  std::memcpy(buffer, kBlob, size < sizeof(kBlob) ? size : sizeof(kBlob));
  return kOk;
}

SOTTO_ACCEPT(NeuronExecution_create)
SOTTO_RELEASE(NeuronExecution_free)
SOTTO_ACCEPT(NeuronExecution_compute)
SOTTO_ACCEPT(NeuronExecution_setBoostHint)
SOTTO_ACCEPT(NeuronExecution_setConfig)
SOTTO_ACCEPT(NeuronExecution_setInputFromMemory)
SOTTO_ACCEPT(NeuronExecution_setOutputFromMemory)
SOTTO_ACCEPT(NeuronMemory_createFromAHardwareBuffer)
SOTTO_ACCEPT(NeuronMemory_createFromFd)
SOTTO_RELEASE(NeuronMemory_free)

}  // extern "C"
