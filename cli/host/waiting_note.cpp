#include "host/waiting_note.h"

#include "core/base/error.h"

namespace sotto::cli {

OnWait waiting_note(const std::filesystem::path& target, Progress& progress) {
  return [target, &progress] {
    progress.note(concat("waiting for another sotto that writes ", target.string()));
  };
}

}  // namespace sotto::cli
