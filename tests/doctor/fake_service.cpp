#include <chrono>
#include <cstdint>
#include <thread>

// NeuroPilot's service as on a tablet whose answer takes its time.

extern "C" int NeuronService_getNeuroPilotMagicNumber(std::int32_t* number) {
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  *number = 7;
  return 0;
}
