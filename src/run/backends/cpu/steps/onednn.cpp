#include "run/backends/cpu/steps/onednn.h"

#include <algorithm>
#include <omp.h>

namespace sotto::cpu {

// Strides of axes without extent are free. oneDNN recognises its formats only by those that such an
// axis would have if it enclosed all axes after it.
dnnl::memory::desc describe(const Layout& layout) {
  Shape strides = layout.strides;
  std::int64_t enclosing = 1;
  for (std::size_t axis = strides.size(); axis-- > 0;) {
    if (layout.shape[axis] == 1) strides[axis] = enclosing;
    enclosing = std::max(enclosing, strides[axis] * layout.shape[axis]);
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
