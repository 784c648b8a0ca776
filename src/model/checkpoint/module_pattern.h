#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace sotto {

/// A regular expression out of an adapter's configuration, matched against the names of modules as
/// PEFT does with Python's `re`. It is untrusted: its length, and the steps and memory of a match
/// are bounded, so that no pattern can keep a reader busy.
class ModulePattern {
 public:
  enum class Extent {
    whole,  ///< the expression describes the whole name
    end,    ///< or its end, from the start of a part on: parts have dots between
  };

  /// Throws format, naming `source`, for what is no regular expression, and unsupported for one of
  /// more than 4096 bytes.
  ModulePattern(std::string pattern, Extent extent, std::string source);
  ~ModulePattern();
  ModulePattern(ModulePattern&& other) noexcept;
  ModulePattern& operator=(ModulePattern&& other) noexcept;

  /// Throws unsupported, naming the source, where it takes too long to find out.
  [[nodiscard]] bool matches(std::string_view name) const;

 private:
  struct Code;
  std::string pattern_, source_;
  std::unique_ptr<Code> code_;
};

}  // namespace sotto
