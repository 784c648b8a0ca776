#include "run/doctor/report.h"

#include <algorithm>
#include <array>

namespace sotto {
namespace {

constexpr auto kLibraryKinds =
    std::to_array<std::string_view>({"adapter", "runtime", "stable_delegate", "litert", "service"});
constexpr auto kLibraryStates =
    std::to_array<std::string_view>({"loaded", "absent", "refused", "crashed", "stalled"});
constexpr auto kNodeStates =
    std::to_array<std::string_view>({"works", "absent", "denied", "failed"});
constexpr auto kFileStates =
    std::to_array<std::string_view>({"loaded", "refused", "crashed", "stalled", "not_tried"});
constexpr auto kStates = std::to_array<std::string_view>({"ok", "note", "problem"});

}  // namespace

std::string_view name_of(LibraryKind kind) { return kLibraryKinds[static_cast<std::size_t>(kind)]; }
std::string_view name_of(LibraryState state) {
  return kLibraryStates[static_cast<std::size_t>(state)];
}
std::string_view name_of(NodeState state) { return kNodeStates[static_cast<std::size_t>(state)]; }
std::string_view name_of(FileState state) { return kFileStates[static_cast<std::size_t>(state)]; }
std::string_view name_of(State state) { return kStates[static_cast<std::size_t>(state)]; }

bool Report::passed() const {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Diagnosis& finding) { return finding.state == State::problem; });
}

const LibraryFacts* Report::adapter() const {
  const auto found =
      std::find_if(libraries.begin(), libraries.end(), [](const LibraryFacts& library) {
        return library.kind == LibraryKind::adapter && library.state == LibraryState::loaded;
      });
  return found == libraries.end() ? nullptr : &*found;
}

}  // namespace sotto
