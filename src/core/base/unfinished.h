#pragma once

#include <filesystem>
#include <functional>

namespace sotto {

/// A file or folder that this process makes and that must not stay behind when the process ends
/// before it is done: remove_unfinished() goes through a list of them. To be listed until it is
/// gone or in its place. Removing it in the ordinary course of things is its owner's affair.
class Unfinished {
 public:
  /// What may be removed: the thing with all that is in it, or a folder that holds nothing.
  enum class Removal { with_contents, when_empty };

  /// Lists what is there, or will be.
  explicit Unfinished(std::filesystem::path path, Removal removal = Removal::with_contents);

  /// Lists what `make` makes under `path`: no remove_unfinished() comes between the two. Lists
  /// nothing when `make` throws, whose exceptions pass through.
  Unfinished(std::filesystem::path path, const std::function<void()>& make,
             Removal removal = Removal::with_contents);

  ~Unfinished();
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Removes what stands under the path now, as far as it can be removed.
  void remove() const noexcept;

 private:
  std::filesystem::path path_;
  Removal removal_;
};

/// Removes all that is listed, the latest first. For a program that is about to end (by a signal,
/// say), from any thread but not from a signal handler, while the others still work: what they put
/// into a folder meanwhile goes too. Whoever lists anything or takes it off the list afterwards
/// waits for the end of the process, which the caller must now bring about.
void remove_unfinished();

}  // namespace sotto
