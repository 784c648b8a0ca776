#include "run/backends/cpu/steps/step.h"

namespace sotto::cpu {
namespace {

std::string_view element_name(Element element) {
  switch (element) {
    case Element::f32:
      return "f32";
    case Element::bf16:
      return "bf16";
    case Element::int8:
      return "int8";
  }
  return "";
}

}  // namespace

std::string implementation_name(const Kernels& kernels, Element element) {
  return std::string(kernels.name) + ' ' + std::string(element_name(element));
}

}  // namespace sotto::cpu
