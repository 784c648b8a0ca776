#include "core/base/shared_library.h"

#include <dlfcn.h>

#include "core/base/error.h"

namespace sotto {
namespace {

std::string reason() {
  const char* text = ::dlerror();
  return text == nullptr ? "no reason given" : text;
}

}  // namespace

SharedLibrary::SharedLibrary(const std::string& name)
    : name_(name), handle_(::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)) {
  if (handle_ == nullptr) {
    fail(ErrorKind::unavailable, "the library ", name, " cannot be loaded: ", reason());
  }
}

bool SharedLibrary::has(const std::string& name) const {
  return ::dlsym(handle_, name.c_str()) != nullptr;
}

void* SharedLibrary::symbol(const std::string& name) const {
  void* address = ::dlsym(handle_, name.c_str());
  if (address == nullptr) {
    fail(ErrorKind::unavailable, "the library ", name_, " lacks the function ", name, ": ",
         reason());
  }
  return address;
}

}  // namespace sotto
