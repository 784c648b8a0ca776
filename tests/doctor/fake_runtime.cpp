#include <cstdint>

// A NeuronRuntime of a host's SDK, as it behaves on a device: it is made for another machine.

extern "C" {
int NeuronRuntime_getVersion(std::uint8_t* version) {
  version[0] = 8;
  version[1] = 0;
  version[2] = 10;
  return 0;
}
int NeuronRuntime_create_with_options(const char* /*options*/, const void* /*environment*/,
                                      void** /*runtime*/) {
  return 4;
}
void NeuronRuntime_release(void* /*runtime*/) {}
int NeuronRuntime_loadNetworkFromBuffer() { return 4; }
int NeuronRuntime_getInputSize() { return 4; }
int NeuronRuntime_getOutputSize() { return 4; }
int NeuronRuntime_setInput() { return 4; }
int NeuronRuntime_setOutput() { return 4; }
int NeuronRuntime_inference() { return 4; }
}
