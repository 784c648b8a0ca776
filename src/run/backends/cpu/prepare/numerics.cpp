#include "run/backends/cpu/prepare/numerics.h"

namespace sotto::cpu {

Element Numerics::product_element() const {
  switch (products) {
    case ProductForm::bf16:
      return Element::bf16;
    case ProductForm::int8:
      return Element::int8;
    case ProductForm::f32:
    case ProductForm::f32_rows:
    case ProductForm::byte_weights:
      break;
  }
  return Element::f32;
}

Element Numerics::attention_element() const {
  return product_element() == Element::f32 ? Element::f32 : Element::bf16;
}

WeightForm Numerics::weight_form(const TensorView& weights, PackedWeights& packed) const {
  switch (products) {
    case ProductForm::bf16:
      return WeightForm::panels_bf16;
    case ProductForm::int8:
      return WeightForm::panels_int8;
    case ProductForm::byte_weights:
      return WeightForm::row_panels_int8;
    case ProductForm::f32_rows:
      if (kernels.row_product_f16 == nullptr || !packed.fits_float16(weights)) break;
      return WeightForm::row_panels_f16;
    case ProductForm::f32:
      break;
  }
  return WeightForm::panels_f32;
}

WindowForm window_form(const Numerics& numerics, const Shape& cache, std::int64_t heads) {
  const std::int64_t width = cache[2] / heads;
  return {width % 4 == 0 ? numerics.windows : Element::f32, heads, width, cache[1]};
}

}  // namespace sotto::cpu
