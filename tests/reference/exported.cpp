#include "reference/exported.h"

#include <utility>

#include "compile/exporter/exporter.h"
#include "core/base/error.h"
#include "core/bundle/vocabulary_file.h"

namespace sotto::test {
namespace {

constexpr std::int64_t kMultilingual = 51865;  // tokens

}  // namespace

void ModelTest::SetUp() {
  OracleTest::SetUp();
  if (IsSkipped()) return;
  try {
    (void)vocabulary_path(kMultilingual);
  } catch (const Error& error) {
    GTEST_SKIP() << error.what();
  }
}

std::filesystem::path ModelTest::checkpoint_of(const std::string& model) const {
  if (model == "demo") return "assets/demo/demo.pt";
  if (model == "base") return oracle("base/base.pt");
  return oracle("tensors") / model / "model.pt";
}

Exported::Exported(std::filesystem::path checkpoint, const std::string& name)
    : checkpoint_(std::move(checkpoint)) {
  ExportOptions options;
  options.source = checkpoint_;
  options.output = bundle();
  options.name = name;
  (void)export_bundle(options);
}

}  // namespace sotto::test
