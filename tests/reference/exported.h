#pragma once

#include <filesystem>
#include <string>

#include "compile/exporter/exporter.h"
#include "reference/oracle_data.h"
#include "support/temp_folder.h"

namespace sotto::test {

/// Tests that load whole models: they skip where the vocabulary is not there either.
class ModelTest : public OracleTest {
 protected:
  void SetUp() override;

  /// The checkpoint of a model that oracle.py recorded something for: "base", "demo" or one of its
  /// random ones. The path need not exist.
  [[nodiscard]] std::filesystem::path checkpoint_of(const std::string& model) const;
};

/// A checkpoint and the bundle exported from it, in a folder that goes away with this object.
class Exported {
 public:
  /// `name` is for the files, empty for that of a published size.
  explicit Exported(std::filesystem::path checkpoint, const std::string& name = "");
  /// With these options, but its own source and output.
  Exported(std::filesystem::path checkpoint, ExportOptions options);

  [[nodiscard]] const std::filesystem::path& checkpoint() const { return checkpoint_; }
  [[nodiscard]] std::filesystem::path bundle() const { return folder_ / "bundle"; }

 private:
  std::filesystem::path checkpoint_;
  TempFolder folder_;
};

/// Exports to TFLite, the graphs over a cache among them.
[[nodiscard]] ExportOptions in_tflite();

}  // namespace sotto::test
