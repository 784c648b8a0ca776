#include "run/backends/signature_check.h"

#include <string_view>

#include "core/base/error.h"

namespace sotto {
namespace {

class ExtentCheck {
 public:
  void add(std::string_view kind, const Signature::Port& port, const Tensor* tensor) {
    if (tensor == nullptr) fail(ErrorKind::mismatch, kind, " ", port.name, " is missing");
    if (tensor->dtype() != DType::float32) {
      fail(ErrorKind::mismatch, kind, " ", port.name, ": expected float32, found ",
           to_string(tensor->dtype()));
    }
    Shape wanted = port.shape;
    const Shape& found = tensor->shape();
    if (port.variable_axis && found.size() == wanted.size()) {
      auto& extent = wanted[static_cast<std::size_t>(*port.variable_axis)];
      const std::int64_t given = found[static_cast<std::size_t>(*port.variable_axis)];
      if (extent_ == 0 && given >= 1 && given <= extent) extent_ = given;
      if (extent_ != 0) extent = extent_;
    }
    if (found != wanted) {
      fail(ErrorKind::mismatch, kind, " ", port.name, ": expected shape ", to_string(wanted),
           ", found ", to_string(found));
    }
  }
  [[nodiscard]] std::int64_t extent() const { return extent_; }

 private:
  std::int64_t extent_ = 0;
};

void check_count(std::string_view what, std::size_t wanted, std::size_t found) {
  if (wanted != found) {
    fail(ErrorKind::mismatch, "expected ", wanted, " ", what, ", found ", found);
  }
}

}  // namespace

std::int64_t check_extent(const Signature& signature, std::span<const Tensor* const> inputs,
                          std::span<Tensor* const> outputs) {
  check_count("inputs", signature.inputs.size(), inputs.size());
  check_count("outputs", signature.outputs.size(), outputs.size());
  ExtentCheck check;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    check.add("input", signature.inputs[i], inputs[i]);
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    check.add("output", signature.outputs[i], outputs[i]);
  }
  return check.extent();
}

}  // namespace sotto
