#include "file_state.h"

#include <chrono>
#include <system_error>

namespace sotto::cli {

std::optional<FileState> file_state(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  FileState state;
  state.bytes = std::filesystem::file_size(path, error);
  if (error) return std::nullopt;
  const auto changed = std::filesystem::last_write_time(path, error);
  if (error) return std::nullopt;
  const auto since_1970 = std::chrono::file_clock::to_sys(changed).time_since_epoch();
  state.changed = std::chrono::duration_cast<std::chrono::nanoseconds>(since_1970).count();
  return state;
}

}  // namespace sotto::cli
