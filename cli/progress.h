#pragma once

#include <string>

namespace sotto::cli {

enum class Verbosity { normal, quiet };

/// One line on stderr that says what is going on, rewritten in place and gone at the end. It shows
/// only where somebody watches: never with Verbosity::quiet, nor when stderr is not a terminal.
class Progress {
 public:
  explicit Progress(Verbosity verbosity);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Puts `text` in the place of the line before.
  void show(const std::string& text);

  /// Says something that stays, on a line of stderr of its own, wherever that goes; not when quiet.
  void note(const std::string& sentence);

  /// Takes the line away, so that other output can begin at the left edge.
  void clear();

 private:
  Verbosity verbosity_;
  bool visible_;
};

}  // namespace sotto::cli
