// OpenSSL 3 would have this asked of providers that are found at run time, for which a static
// program takes 3.5 MB of it; the functions themselves, as fast, take a few kilobytes.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "core/bundle/sha256.h"

#include <array>
#include <cstdint>
#include <openssl/sha.h>
#include <vector>

#include "core/base/error.h"
#include "core/base/input_file.h"

namespace sotto {
namespace {

constexpr std::size_t kReadBytes = 1 << 20;

void check(int success) {
  if (success != 1) fail(ErrorKind::internal, "OpenSSL cannot compute SHA-256");
}

}  // namespace

struct Sha256::Context {
  SHA256_CTX value{};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) { check(SHA256_Init(&context_->value)); }

Sha256::~Sha256() = default;

void Sha256::write(std::span<const std::byte> bytes) {
  check(SHA256_Update(&context_->value, bytes.data(), bytes.size()));
}

std::string Sha256::finish() {
  std::array<unsigned char, 32> digest{};
  check(SHA256_Final(digest.data(), &context_->value));
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : digest) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

std::string sha256_of_file(const std::filesystem::path& path) {
  const auto file = InputFile::open(path);
  std::vector<std::byte> buffer(kReadBytes);
  Sha256 hash;
  std::uint64_t position = 0;
  while (const std::size_t count = file->read(position, buffer)) {
    hash.write(std::span(buffer).first(count));
    position += count;
  }
  return hash.finish();
}

void compare_sha256(const std::filesystem::path& path, std::string_view expected,
                    std::string_view found) {
  if (found == expected) return;
  fail(ErrorKind::mismatch, path.string(), ": expected the SHA-256 ", expected,
       " of the manifest, found ", found);
}

}  // namespace sotto
