#include "simulators/neuron_adapter/rows.h"

#include <algorithm>
#include <cmath>
#include <iterator>

// Compiled once for each instruction set: foreach_target.h includes this file again and again.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "simulators/neuron_adapter/rows.cpp"
#include <hwy/foreach_target.h>
// After it.
#include <hwy/highway.h>

#include "simulators/neuron_adapter/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sotto::simulator::HWY_NAMESPACE {

HWY_INLINE std::size_t whole_groups(std::size_t size) {
  return (size + kGroup - 1) / kGroup * kGroup;
}

HWY_INLINE void fill_behind(float* row, std::size_t size, float value) {
  std::fill(row + size, row + whole_groups(size), value);
}

/// row[i] = function(row[i]), vector by vector.
template <class Function>
HWY_INLINE void change(float* row, std::size_t size, const Function& function) {
  for (std::size_t i = 0; i < whole_groups(size); i += kLanes) {
    hn::StoreU(function(hn::LoadU(Floats(), row + i), i), Floats(), row + i);
  }
}

/// Element i goes to place i mod 16 of `group`, by `add(sum, element)`.
template <class Add>
HWY_INLINE void gather(const float* row, std::size_t size, float* group, const Add& add) {
  for (std::size_t part = 0; part < kGroup; part += kLanes) {
    auto sum = hn::LoadU(Floats(), group + part);
    for (std::size_t i = part; i < whole_groups(size); i += kGroup) {
      sum = add(sum, hn::LoadU(Floats(), row + i));
    }
    hn::StoreU(sum, Floats(), group + part);
  }
}

HWY_INLINE float sum_of_row(float* row, std::size_t size) {
  fill_behind(row, size, 0.0F);
  float group[kGroup] = {};
  gather(row, size, group, [](Vector sum, Vector x) { return hn::Add(sum, x); });
  return sum_of(group);
}

float maximum_of_row(float* row, std::size_t size) {
  fill_behind(row, size, row[0]);
  float group[kGroup];
  std::fill(std::begin(group), std::end(group), row[0]);
  gather(row, size, group, [](Vector most, Vector x) { return larger(most, x); });
  fill_behind(row, size, 0.0F);
  for (std::size_t i = 1; i < kGroup; ++i) group[0] = group[0] < group[i] ? group[i] : group[0];
  return group[0];
}

float mean_of_row(float* row, std::size_t size) {
  return sum_of_row(row, size) / static_cast<float>(size);
}

void softmax_row(float* row, std::size_t size) {
  const auto largest = hn::Set(Floats(), maximum_of_row(row, size));
  change(row, size, [&](Vector x, std::size_t) { return exponential(hn::Sub(x, largest)); });
  const auto sum = hn::Set(Floats(), sum_of_row(row, size));
  change(row, size, [&](Vector x, std::size_t) { return hn::Div(x, sum); });
}

void normalize_row(float* row, std::size_t size, const Normalization& normalization) {
  const float mean_value = mean_of_row(row, size);
  const auto mean = hn::Set(Floats(), mean_value);
  change(row, size, [&](Vector x, std::size_t) { return hn::Sub(x, mean); });
  fill_behind(row, size, 0.0F);
  float group[kGroup] = {};
  gather(row, size, group, [](Vector sum, Vector x) { return hn::Add(sum, hn::Mul(x, x)); });
  const float variance = sum_of(group) / static_cast<float>(size);
  const auto factor = hn::Set(Floats(), 1.0F / std::sqrt(variance + normalization.epsilon));
  change(row, size, [&](Vector x, std::size_t i) {
    const auto scale = hn::LoadU(Floats(), normalization.scale + i);
    const auto offset = hn::LoadU(Floats(), normalization.offset + i);
    return hn::Add(hn::Mul(hn::Mul(x, factor), scale), offset);
  });
}

}  // namespace sotto::simulator::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sotto::simulator {

HWY_EXPORT(softmax_row);
HWY_EXPORT(mean_of_row);
HWY_EXPORT(maximum_of_row);
HWY_EXPORT(normalize_row);

void softmax_row(float* row, std::size_t size) { HWY_DYNAMIC_DISPATCH(softmax_row)(row, size); }
float mean_of_row(float* row, std::size_t size) {
  return HWY_DYNAMIC_DISPATCH(mean_of_row)(row, size);
}
float maximum_of_row(float* row, std::size_t size) {
  return HWY_DYNAMIC_DISPATCH(maximum_of_row)(row, size);
}
void normalize_row(float* row, std::size_t size, const Normalization& normalization) {
  HWY_DYNAMIC_DISPATCH(normalize_row)(row, size, normalization);
}

}  // namespace sotto::simulator
#endif
