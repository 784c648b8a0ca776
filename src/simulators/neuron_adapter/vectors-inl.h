// For sources that foreach_target.h includes once for each instruction set, behind hwy/highway.h.
#if defined(SOTTO_SIMULATOR_VECTORS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SOTTO_SIMULATOR_VECTORS_INL_H_
#undef SOTTO_SIMULATOR_VECTORS_INL_H_
#else
#define SOTTO_SIMULATOR_VECTORS_INL_H_
#endif

#include <cstddef>
#include <hwy/highway.h>

#include "simulators/neuron_adapter/half.h"

HWY_BEFORE_NAMESPACE();
namespace sotto::simulator::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Sixteen floats are a group, as many vectors as that takes: what is summed up lane by lane is
/// summed up in the same order by every instruction set.
inline constexpr std::size_t kGroup = 16;
using Floats = hn::CappedTag<float, kGroup>;
using Vector = hn::Vec<Floats>;
inline constexpr std::size_t kLanes = hn::MaxLanes(Floats());
inline constexpr std::size_t kParts = kGroup / kLanes;

// Instructions that convert halves, to nearest even and with subnormals.
#if HWY_TARGET == HWY_NEON || HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || \
    HWY_TARGET == HWY_AVX3_DL
using HalfLanes = hn::Rebind<hwy::float16_t, Floats>;
HWY_INLINE Vector load_halves(const Half* halves) {
  return hn::PromoteTo(Floats(),
                       hn::LoadU(HalfLanes(), reinterpret_cast<const hwy::float16_t*>(halves)));
}
HWY_INLINE void store_halves(Vector values, Half* halves) {
  hn::StoreU(hn::DemoteTo(HalfLanes(), values), HalfLanes(),
             reinterpret_cast<hwy::float16_t*>(halves));
}
HWY_INLINE Vector rounded(Vector values) {
  return hn::PromoteTo(Floats(), hn::DemoteTo(HalfLanes(), values));
}
#else
HWY_INLINE Vector load_halves(const Half* halves) {
  HWY_ALIGN float values[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) values[i] = to_float(halves[i]);
  return hn::Load(Floats(), values);
}
HWY_INLINE void store_halves(Vector values, Half* halves) {
  HWY_ALIGN float floats[kLanes];
  hn::Store(values, Floats(), floats);
  for (std::size_t i = 0; i < kLanes; ++i) halves[i] = to_half(floats[i]);
}
HWY_INLINE Vector rounded(Vector values) {
  Half halves[kLanes];
  store_halves(values, halves);
  return load_halves(halves);
}
#endif

/// The larger, and `a` where they are equal: max instructions differ in what they make of zeros.
HWY_INLINE Vector larger(Vector a, Vector b) { return hn::IfThenElse(hn::Lt(a, b), b, a); }

/// e^x to a unit or two of float's last place; 0 below the smallest normal float, and as e^88
/// beyond. Products and sums are rounded one by one, which every instruction set can do.
HWY_INLINE Vector exponential(Vector x) {
  const Floats d;
  const hn::RebindToSigned<Floats> integers;
  const auto lowest = hn::Set(d, -87.33F), highest = hn::Set(d, 88.0F);
  const auto inside =
      hn::IfThenElse(hn::Lt(highest, x), highest, hn::IfThenElse(hn::Lt(x, lowest), lowest, x));
  // x = n · ln 2 + r; ln 2 in two pieces, of which the first has few bits.
  const auto n = hn::Round(hn::Mul(inside, hn::Set(d, 1.44269504F)));
  const auto most = hn::Sub(inside, hn::Mul(n, hn::Set(d, 0.693359375F)));
  const auto r = hn::Sub(most, hn::Mul(n, hn::Set(d, -2.12194440e-4F)));
  auto sum = hn::Set(d, 1.9875691500e-4F);
  for (const float coefficient :
       {1.3981999507e-3F, 8.3334519073e-3F, 4.1665795894e-2F, 1.6666665459e-1F, 5.0000001201e-1F}) {
    sum = hn::Add(hn::Mul(sum, r), hn::Set(d, coefficient));
  }
  const auto power = hn::Add(hn::Add(hn::Mul(sum, hn::Mul(r, r)), r), hn::Set(d, 1.0F));
  const auto exponent = hn::Add(hn::ConvertTo(integers, n), hn::Set(integers, 127));
  const auto scale = hn::BitCast(d, hn::ShiftLeft<23>(exponent));
  return hn::IfThenZeroElse(hn::Lt(x, lowest), hn::Mul(power, scale));
}

/// The sum of a group: its halves are added to each other until one is left.
HWY_INLINE float sum_of(const float* group) {
  float sums[kGroup / 2];
  for (std::size_t i = 0; i < kGroup / 2; ++i) sums[i] = group[i] + group[i + kGroup / 2];
  for (std::size_t i = 0; i < kGroup / 4; ++i) sums[i] += sums[i + kGroup / 4];
  return (sums[0] + sums[2]) + (sums[1] + sums[3]);
}

}  // namespace sotto::simulator::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // the toggle
