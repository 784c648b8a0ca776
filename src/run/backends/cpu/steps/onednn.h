#pragma once

#include "core/base/shape.h"
#include "oneapi/dnnl/dnnl.hpp"
#include "run/backends/cpu/steps/layout.h"

namespace sotto::cpu {

/// The engine and stream that everything of one loaded part shares.
struct OneDnn {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
};

/// float32 memory that lies as `layout` says.
[[nodiscard]] dnnl::memory::desc describe(const Layout& layout);

/// float32 memory of this shape whose layout is the primitive's choice.
[[nodiscard]] dnnl::memory::desc any_layout(const Shape& shape);

/// Float32 is float32: on processors with faster, coarser arithmetic (bfloat16 in AMX) oneDNN may
/// use it only where an attribute or the environment says so; this says no. Scratch memory is ours,
/// so that running a primitive allocates nothing.
[[nodiscard]] dnnl::primitive_attr strict_attributes();

/// While it lives, primitives are made for the one thread that will run them.
class SingleThreaded {
 public:
  SingleThreaded();
  ~SingleThreaded();
  SingleThreaded(const SingleThreaded&) = delete;
  SingleThreaded& operator=(const SingleThreaded&) = delete;

 private:
  int threads_;
};

}  // namespace sotto::cpu
