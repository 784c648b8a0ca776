#include "run/backends/cpu/steps/primitive_step.h"

namespace sotto::cpu {

PrimitiveStep::PrimitiveStep(const OneDnn& onednn, dnnl::primitive primitive,
                             std::vector<Argument> arguments)
    : onednn_(onednn), primitive_(std::move(primitive)), arguments_(std::move(arguments)) {}

std::vector<Storage> PrimitiveStep::touched() const {
  std::vector<Storage> storages;
  for (const Argument& argument : arguments_) storages.push_back(argument.storage);
  return storages;
}

void PrimitiveStep::bind(const AddressOf& address_of) {
  memories_.clear();
  bound_.clear();
  for (const Argument& argument : arguments_) {
    memories_.emplace_back(argument.desc, onednn_.engine, address_of(argument.storage));
    bound_.push_back({argument.id, memories_.back().get()});
  }
}

// The C function: the C++ one builds its list of arguments anew at every call.
void PrimitiveStep::run() {
  dnnl::error::wrap_c_api(dnnl_primitive_execute(primitive_.get(), onednn_.stream.get(),
                                                 static_cast<int>(bound_.size()), bound_.data()),
                          "a primitive could not be executed");
}

std::string PrimitiveStep::implementation() const {
  const char* name = nullptr;
  dnnl::error::wrap_c_api(
      dnnl_primitive_desc_query(primitive_.get_primitive_desc(), dnnl_query_impl_info_str, 0,
                                static_cast<void*>(&name)),
      "a primitive has no name");
  return name;
}

}  // namespace sotto::cpu
