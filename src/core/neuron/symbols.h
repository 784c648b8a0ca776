#pragma once

#include <span>
#include <type_traits>
#include <vector>

#include "core/base/shared_library.h"

namespace sotto::neuron {

/// A function of an interface, and where its address goes.
template <class Functions>
struct Symbol {
  const char* name;
  void (*take)(Functions& api, const SharedLibrary& library, const char* name);
};

template <auto Member, class Functions>
void take(Functions& api, const SharedLibrary& library, const char* name) {
  using Pointer = std::remove_reference_t<decltype(api.*Member)>;
  api.*Member = library.function<std::remove_pointer_t<Pointer>>(name);
}

/// Looks functions up. Optional ones stay null where the library has none. Throws unavailable with
/// the required one that it lacks.
template <class Functions>
void take_all(Functions& api, const SharedLibrary& library,
              std::span<const Symbol<Functions>> required,
              std::span<const Symbol<Functions>> optional) {
  for (const Symbol<Functions>& symbol : required) symbol.take(api, library, symbol.name);
  for (const Symbol<Functions>& symbol : optional) {
    if (library.has(symbol.name)) symbol.take(api, library, symbol.name);
  }
}

/// Their names.
template <class Functions>
std::vector<const char*> names_of(std::span<const Symbol<Functions>> symbols) {
  std::vector<const char*> names;
  for (const Symbol<Functions>& symbol : symbols) names.push_back(symbol.name);
  return names;
}

}  // namespace sotto::neuron
