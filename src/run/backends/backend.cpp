#include "run/backends/backend.h"

#include "core/base/error.h"

namespace sotto {

const PartFile* ModelPart::file(std::string_view form) const {
  const auto found = files.find(form);
  return found == files.end() ? nullptr : &found->second;
}

void Executable::bind_input(std::size_t index, Tensor& /*tensor*/) {
  fail(ErrorKind::unsupported, "input ", index, " cannot be bound: this back end keeps no state");
}

bool Backend::takes(const ModelPart& part) const {
  return runs_graphs() ? part.graph != nullptr : file(part) != nullptr;
}

const PartFile* Backend::file(const ModelPart& part) const { return part.file(form()); }

Tensor Backend::allocate(DType dtype, const Shape& shape) const { return {dtype, shape}; }

}  // namespace sotto
