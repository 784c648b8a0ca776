#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/byte_sink.h"

namespace sotto {

/// SHA-256 (FIPS 180-4) of bytes as they come.
class Sha256 : public ByteSink {
 public:
  Sha256();
  ~Sha256() override;

  void write(std::span<const std::byte> bytes) override;

  /// The digest in lower-case hexadecimal. Nothing can be written afterwards.
  [[nodiscard]] std::string finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// Of a whole file, read in pieces. Throws not_found or io.
[[nodiscard]] std::string sha256_of_file(const std::filesystem::path& path);

/// Throws mismatch, naming the file, unless the two digests, of the manifest and of the file as it
/// is, are the same.
void compare_sha256(const std::filesystem::path& path, std::string_view expected,
                    std::string_view found);

}  // namespace sotto
