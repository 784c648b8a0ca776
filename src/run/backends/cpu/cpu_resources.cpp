#include "run/backends/cpu/cpu_resources.h"

#include "core/base/error.h"
#include "run/backends/signature_check.h"

namespace sotto::cpu {

// Bytes on both sides are faster still where bfloat16 is, but change more of the text than the
// automatic choice may.
ProductForm product_form(Precision precision, const Kernels& kernels) {
  switch (precision) {
    case Precision::f32:
      return ProductForm::f32;
    case Precision::bf16:
      return ProductForm::bf16;
    case Precision::int8:
      return ProductForm::int8;
    case Precision::automatic:
      return kernels.fast_bf16 ? ProductForm::bf16 : ProductForm::f32;
  }
  fail(ErrorKind::internal, "a precision of no kind");
}

Numerics CpuResources::numerics(const ModelPart& part, const Signature& signature) const {
  Numerics numerics{kernels, pool->threads()};
  if (precision == Precision::f32) {
    if (!part.frequent_lengths.empty()) numerics.products = ProductForm::f32_rows;
    return numerics;
  }
  numerics.windows = Element::int8;
  numerics.products =
      longest_extent(signature) > 0 ? ProductForm::byte_weights : product_form(precision, kernels);
  return numerics;
}

}  // namespace sotto::cpu
