#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/base/option.h"

namespace sotto {

/// What went wrong, for callers that react to it (exit codes, the C API). People read the message.
enum class ErrorKind {
  usage,        ///< the caller asked for something that makes no sense
  not_found,    ///< a file or entry does not exist
  io,           ///< the operating system refused to read or write
  format,       ///< bytes from outside are not what their format demands
  unsupported,  ///< well-formed, but outside of what Sotto handles
  mismatch,     ///< two things that must agree do not (dims, shapes, hashes)
  unavailable,  ///< a back end or tool is not present on this machine
  internal,     ///< a broken invariant: a defect of Sotto itself
};

/// The one exception of the library. Its message is one sentence that names the file (or argument),
/// what was expected and what was found, on one line: control characters in it are written as \xNN.
/// Options are in it by their names; whoever shows it spells them as they are called there.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message);
  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
  /// With the options marked, for spell_options() and for sentences that this one becomes part of.
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  /// The names of the options that it speaks of: first the one that is at fault, where one is.
  [[nodiscard]] std::vector<std::string> options() const { return options_in(message_); }

 private:
  ErrorKind kind_;
  std::string message_;
};

/// Joins streamable parts into one string: concat("expected ", 3, " bytes").
template <class... Parts>
[[nodiscard]] std::string concat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

/// Throws sotto::Error with the joined parts as its message.
template <class... Parts>
[[noreturn]] void fail(ErrorKind kind, const Parts&... parts) {
  throw Error(kind, concat(parts...));
}

}  // namespace sotto
