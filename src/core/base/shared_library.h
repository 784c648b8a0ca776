#pragma once

#include <string>

namespace sotto {

/// A shared library loaded while the program runs. It stays loaded until the program ends: code of
/// it may be on the stack, and objects of it alive, for longer than anyone keeps track of.
class SharedLibrary {
 public:
  /// Looks for `name` where the dynamic linker looks for the program's own libraries. Throws
  /// unavailable with the linker's reason.
  explicit SharedLibrary(const std::string& name);

  /// Whether the library has something of this name.
  [[nodiscard]] bool has(const std::string& name) const;

  /// The function of this name. Throws unavailable when the library has none.
  template <class Function>
  [[nodiscard]] Function* function(const std::string& name) const {
    return reinterpret_cast<Function*>(symbol(name));
  }

 private:
  [[nodiscard]] void* symbol(const std::string& name) const;

  std::string name_;
  void* handle_;
};

}  // namespace sotto
