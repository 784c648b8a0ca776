#pragma once

#include <filesystem>
#include <optional>

#include "core/base/output_file.h"
#include "core/base/staging.h"

namespace sotto {

/// A file that appears, or replaces the one before it, complete and in one step, even where the
/// power is cut. It is written to a sibling (Staging); one that a killed process left is removed by
/// the next AtomicFile of that name.
class AtomicFile : public ByteSink {
 public:
  /// Throws io when `target` exists and is no regular file, or nothing can be made beside it.
  explicit AtomicFile(const std::filesystem::path& target);

  void write(std::span<const std::byte> bytes) override { output_->write(bytes); }

  /// Puts the file in its place. An AtomicFile that goes away without leaves no trace.
  void commit();

 private:
  [[noreturn]] void refuse(const char* what, int error) const;

  std::string shown_;
  std::filesystem::path target_;
  std::optional<Staging> staging_;
  std::optional<OutputFile> output_;
};

}  // namespace sotto
