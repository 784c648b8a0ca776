#include "run/backends/signature_check.h"

#include <algorithm>
#include <string_view>

#include "core/base/error.h"

namespace sotto {
namespace {

void check_dtype(std::string_view kind, const Signature::Port& port, const Tensor& tensor) {
  if (tensor.dtype() == port.dtype) return;
  fail(ErrorKind::mismatch, kind, " ", port.name, ": expected ", to_string(port.dtype), ", found ",
       to_string(tensor.dtype()));
}

[[noreturn]] void reject_shape(std::string_view kind, const Signature::Port& port,
                               const Shape& wanted, const Shape& found) {
  fail(ErrorKind::mismatch, kind, " ", port.name, ": expected shape ", to_string(wanted),
       ", found ", to_string(found));
}

class ExtentCheck {
 public:
  void add(std::string_view kind, const Signature::Port& port, const Tensor* tensor) {
    if (tensor == nullptr) fail(ErrorKind::mismatch, kind, " ", port.name, " is missing");
    check_dtype(kind, port, *tensor);
    Shape wanted = port.shape;
    const Shape& found = tensor->shape();
    if (port.variable_axis && found.size() == wanted.size()) {
      auto& extent = wanted[static_cast<std::size_t>(*port.variable_axis)];
      const std::int64_t given = found[static_cast<std::size_t>(*port.variable_axis)];
      if (extent_ == 0 && given >= 1 && given <= extent) extent_ = given;
      if (extent_ != 0) extent = extent_;
    }
    if (found != wanted) reject_shape(kind, port, wanted, found);
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
                          std::span<Tensor* const> outputs, const std::vector<bool>& bound) {
  check_count("inputs", signature.inputs.size(), inputs.size());
  check_count("outputs", signature.outputs.size(), outputs.size());
  ExtentCheck check;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Signature::Port& port = signature.inputs[i];
    if (bound.empty() || !bound[i]) {
      check.add("input", port, inputs[i]);
    } else if (inputs[i] != nullptr) {
      fail(ErrorKind::mismatch, "input ", port.name, " is bound and was given as well");
    }
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    check.add("output", signature.outputs[i], outputs[i]);
  }
  return check.extent();
}

std::int64_t longest_extent(const Signature& signature) {
  for (const Signature::Port& port : signature.inputs) {
    if (port.variable_axis) return port.shape[static_cast<std::size_t>(*port.variable_axis)];
  }
  return 0;
}

void check_binding(const Signature::Port& port, const Tensor& tensor) {
  if (port.variable_axis) {
    fail(ErrorKind::mismatch, "input ", port.name, " has a variable axis, so it cannot be bound");
  }
  check_dtype("input", port, tensor);
  Shape wanted = port.shape;
  const Shape& found = tensor.shape();
  if (port.is_state && !found.empty()) wanted.front() = std::max(wanted.front(), found.front());
  if (found != wanted) reject_shape("input", port, wanted, found);
}

}  // namespace sotto
