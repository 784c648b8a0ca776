#include "host/pass_dump.h"

#include <utility>

#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace sotto::cli {

PassDump::PassDump(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) fail(ErrorKind::io, folder_.string(), ": cannot be made: ", error.message());
}

void PassDump::operator()(std::string_view pass, const Graph& graph) {
  const int step = ++steps_[graph.name()];
  const std::string number = concat(step < 10 ? "0" : "", step);
  AtomicFile file(folder_ / concat(graph.name(), ".", number, ".", pass, ".txt"));
  file.write_text(to_string(graph));
  file.commit();
}

}  // namespace sotto::cli
