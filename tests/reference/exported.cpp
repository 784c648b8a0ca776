#include "reference/exported.h"

#include <utility>

#include "core/base/error.h"
#include "core/bundle/vocabulary_file.h"

namespace sotto::test {
namespace {

constexpr std::int64_t kMultilingual = 51865;  // tokens

ExportOptions named(const std::string& name) {
  ExportOptions options;
  options.name = name;
  return options;
}

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
    : Exported(std::move(checkpoint), named(name)) {}

Exported::Exported(std::filesystem::path checkpoint, ExportOptions options)
    : checkpoint_(std::move(checkpoint)) {
  options.source = checkpoint_;
  options.output = bundle();
  (void)export_bundle(options);
}

ExportOptions in_tflite() {
  ExportOptions options;
  options.format = ExportFormat::tflite;
  return options;
}

}  // namespace sotto::test
