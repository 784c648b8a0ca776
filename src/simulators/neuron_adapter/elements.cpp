#include "simulators/neuron_adapter/elements.h"

#include <algorithm>

// Compiled once for each instruction set: foreach_target.h includes this file again and again.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "simulators/neuron_adapter/elements.cpp"
#include <hwy/foreach_target.h>
// After it.
#include <hwy/highway.h>

#include "simulators/neuron_adapter/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sotto::simulator::HWY_NAMESPACE {

/// x / (1 + e^−2u), which is ½ x (1 + tanh u) without that sum's loss of digits;
/// u = √(2/π) (x + 0.044715 x³).
HWY_INLINE Vector tanh_gelu(Vector x) {
  const Floats d;
  const auto cube = hn::Mul(hn::Mul(x, x), x);
  const auto inner = hn::Add(x, hn::Mul(hn::Set(d, 0.044715F), cube));
  const auto power = exponential(hn::Mul(hn::Set(d, -1.5957691216F), inner));
  return hn::Div(x, hn::Add(hn::Set(d, 1.0F), power));
}

/// Calls `function(place)` for every vector of halves, whose result goes to `out`; what is not a
/// whole vector goes through memory of a vector's size.
template <class Load, class Function>
HWY_INLINE void over(std::size_t count, Half* out, const Load& load, const Function& function) {
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store_halves(function(load(i, kLanes)), out + i);
  if (i == count) return;
  Half last[kLanes];
  store_halves(function(load(i, count - i)), last);
  std::copy_n(last, count - i, out + i);
}

HWY_INLINE Vector load_some(const Half* halves, std::size_t count) {
  if (count == kLanes) return load_halves(halves);
  Half last[kLanes] = {};
  std::copy_n(halves, count, last);
  return load_halves(last);
}

struct Pair {
  Vector a, b;
};

template <class Function>
HWY_INLINE void pairs(Halves a, Halves b, std::size_t count, Half* out, const Function& function) {
  const auto one_a = hn::Set(Floats(), to_float(*a.first));
  const auto one_b = hn::Set(Floats(), to_float(*b.first));
  over(
      count, out,
      [&](std::size_t i, std::size_t some) {
        return Pair{a.is_one ? one_a : load_some(a.first + i, some),
                    b.is_one ? one_b : load_some(b.first + i, some)};
      },
      [&](const Pair& pair) { return function(pair.a, pair.b); });
}

void combine(Kind kind, Halves a, Halves b, std::size_t count, Half* out) {
  switch (kind) {
    case Kind::add:
      return pairs(a, b, count, out, [](Vector x, Vector y) { return hn::Add(x, y); });
    case Kind::subtract:
      return pairs(a, b, count, out, [](Vector x, Vector y) { return hn::Sub(x, y); });
    case Kind::multiply:
      return pairs(a, b, count, out, [](Vector x, Vector y) { return hn::Mul(x, y); });
    case Kind::divide:
      return pairs(a, b, count, out, [](Vector x, Vector y) { return hn::Div(x, y); });
    case Kind::maximum:
      return pairs(a, b, count, out, [](Vector x, Vector y) { return larger(x, y); });
    default:  // squared_difference
      return pairs(a, b, count, out, [](Vector x, Vector y) {
        const auto difference = hn::Sub(x, y);
        return hn::Mul(difference, difference);
      });
  }
}

void map(Kind kind, const Half* a, std::size_t count, Half* out) {
  const auto load = [&](std::size_t i, std::size_t some) { return load_some(a + i, some); };
  switch (kind) {
    case Kind::gelu:
      return over(count, out, load, [](Vector x) { return tanh_gelu(x); });
    case Kind::absolute:
      return over(count, out, load, [](Vector x) { return hn::Abs(x); });
    default:  // reciprocal_sqrt
      return over(count, out, load,
                  [](Vector x) { return hn::Div(hn::Set(Floats(), 1.0F), hn::Sqrt(x)); });
  }
}

}  // namespace sotto::simulator::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sotto::simulator {

HWY_EXPORT(combine);
HWY_EXPORT(map);

void combine(Kind kind, Halves a, Halves b, std::size_t count, Half* out) {
  HWY_DYNAMIC_DISPATCH(combine)(kind, a, b, count, out);
}
void map(Kind kind, const Half* a, std::size_t count, Half* out) {
  HWY_DYNAMIC_DISPATCH(map)(kind, a, count, out);
}

}  // namespace sotto::simulator
#endif
