#pragma once

#include <filesystem>
#include <optional>
#include <sys/stat.h>
#include <tuple>

#include "core/base/error.h"

namespace sotto {

/// What tells a folder from one that was put in its place; absent where there is none.
[[nodiscard]] inline auto folder_state(const std::filesystem::path& folder) {
  using State = std::tuple<::dev_t, ::ino_t, ::time_t, long>;
  struct stat status {};
  const bool is_there = ::stat(folder.c_str(), &status) == 0;
  return is_there ? std::optional<State>({status.st_dev, status.st_ino, status.st_ctim.tv_sec,
                                          status.st_ctim.tv_nsec})
                  : std::nullopt;
}

/// What `read` gives, which reads several files of a folder, all of one state of it: it is called
/// again when the folder was replaced meanwhile. Its exceptions pass when they are of one state
/// too.
template <class Read>
auto read_in_one_state(const std::filesystem::path& folder, const Read& read) {
  constexpr int kMostTries = 100;
  for (int i = 1;; ++i) {
    const auto before = folder_state(folder);
    try {
      auto result = read();
      if (i == kMostTries || folder_state(folder) == before) return result;
    } catch (const Error&) {
      if (i == kMostTries || folder_state(folder) == before) throw;
    }
  }
}

}  // namespace sotto
