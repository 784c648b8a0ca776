#include "reference/exported.h"

#include <utility>

#include "compile/exporter/exporter.h"

namespace sotto::test {

std::filesystem::path checkpoint_of(const std::string& model,
                                    const std::filesystem::path& oracle_folder) {
  if (model == "demo") return "assets/demo/demo.pt";
  if (model == "base") return oracle_folder / "base/base.pt";
  return oracle_folder / "tensors" / model / "model.pt";
}

Exported::Exported(std::filesystem::path checkpoint) : checkpoint_(std::move(checkpoint)) {
  export_bundle(checkpoint_, bundle());
}

}  // namespace sotto::test
