#include "simulators/neuron_adapter/conversions.h"

// Compiled once for each instruction set: foreach_target.h includes this file again and again.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "simulators/neuron_adapter/conversions.cpp"
#include <hwy/foreach_target.h>
// After it.
#include <hwy/highway.h>

#include "simulators/neuron_adapter/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sotto::simulator::HWY_NAMESPACE {

void widen(const Half* halves, std::size_t count, float* floats) {
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    hn::StoreU(load_halves(halves + i), Floats(), floats + i);
  }
  for (; i < count; ++i) floats[i] = to_float(halves[i]);
}

void narrow(const float* floats, std::size_t count, Half* halves) {
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    store_halves(hn::LoadU(Floats(), floats + i), halves + i);
  }
  for (; i < count; ++i) halves[i] = to_half(floats[i]);
}

void round_to_halves(const float* floats, std::size_t count, float* out) {
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    hn::StoreU(rounded(hn::LoadU(Floats(), floats + i)), Floats(), out + i);
  }
  for (; i < count; ++i) out[i] = to_float(to_half(floats[i]));
}

}  // namespace sotto::simulator::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sotto::simulator {

HWY_EXPORT(widen);
HWY_EXPORT(narrow);
HWY_EXPORT(round_to_halves);

void widen(const Half* halves, std::size_t count, float* floats) {
  HWY_DYNAMIC_DISPATCH(widen)(halves, count, floats);
}
void narrow(const float* floats, std::size_t count, Half* halves) {
  HWY_DYNAMIC_DISPATCH(narrow)(floats, count, halves);
}
void round_to_halves(const float* floats, std::size_t count, float* rounded) {
  HWY_DYNAMIC_DISPATCH(round_to_halves)(floats, count, rounded);
}

}  // namespace sotto::simulator
#endif
