#include "run/backends/cpu/onednn.h"

#include <omp.h>

namespace sotto::cpu {

dnnl::memory::desc describe(const Layout& layout) {
  // Strides of axes without extent are free; oneDNN recognises its formats by the dense ones.
  Shape strides = layout.strides;
  for (std::size_t axis = strides.size(); axis-- > 0;) {
    if (layout.shape[axis] != 1) continue;
    const bool last = axis + 1 == strides.size();
    strides[axis] = last ? 1 : strides[axis + 1] * layout.shape[axis + 1];
  }
  return {layout.shape, dnnl::memory::data_type::f32, strides};
}

dnnl::memory::desc any_layout(const Shape& shape) {
  return {shape, dnnl::memory::data_type::f32, dnnl::memory::format_tag::any};
}

dnnl::primitive_attr strict_attributes() {
  dnnl::primitive_attr attributes;
  attributes.set_fpmath_mode(dnnl::fpmath_mode::strict);
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

SingleThreaded::SingleThreaded() : threads_(omp_get_max_threads()) { omp_set_num_threads(1); }

SingleThreaded::~SingleThreaded() { omp_set_num_threads(threads_); }

}  // namespace sotto::cpu
