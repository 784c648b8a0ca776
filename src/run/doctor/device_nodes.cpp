#include "run/doctor/device_nodes.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <set>

#include "core/base/error.h"
#include "core/base/regular_file.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostNodes = 64;

/// The files of a folder whose names begin so.
void add_names(const fs::path& root, const fs::path& folder, std::string_view prefix,
               std::set<std::string>& names) {
  std::error_code error;
  for (fs::directory_iterator entry(root / folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(prefix) && names.size() < kMostNodes) {
      names.insert((folder / name).string());
    }
  }
}

NodeState state_of(int error) {
  switch (error) {
    case 0:
      return NodeState::works;
    case ENOENT:
    case ENOTDIR:
      return NodeState::absent;
    case EACCES:
    case EPERM:
      return NodeState::denied;
    default:
      return NodeState::failed;
  }
}

}  // namespace

int open_node(const fs::path& path) {
  // A heap of memory is only asked; the APU is spoken with.
  const bool is_heap = path.parent_path().filename() == "dma_heap";
  const FileDescriptor node(
      ::open(path.c_str(), (is_heap ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK));
  return node.value() < 0 ? errno : 0;
}

std::vector<NodeFacts> device_nodes(const fs::path& root, const NodeOpener& open) {
  std::set<std::string> names{"dev/apusys", "dev/dma_heap/system"};
  add_names(root, "dev", "apusys_", names);
  add_names(root, "dev/dma_heap", "", names);
  std::vector<NodeFacts> nodes;
  for (const std::string& name : names) {
    const int error = open(root / name);
    nodes.push_back({concat('/', name), state_of(error), error == 0 ? "" : std::strerror(error)});
  }
  return nodes;
}

}  // namespace sotto
