#include "core/bundle/bundle.h"

#include <algorithm>
#include <system_error>

#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/bundle/sha256.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

void check_file(const fs::path& path, const FileRecord& record) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    fail(ErrorKind::not_found, path.string(), ": expected this file of the bundle, found ",
         fs::exists(path, error) ? "something that is no regular file" : "none");
  }
  const std::uintmax_t size = fs::file_size(path, error);
  if (error || size != record.bytes) {
    fail(ErrorKind::mismatch, path.string(), ": expected ", record.bytes,
         " bytes as the manifest says, found ", size);
  }
}

}  // namespace

Manifest read_manifest(const fs::path& folder) {
  const fs::path path = folder / kManifestName;
  std::error_code error;
  if (!fs::exists(path, error)) {
    fail(ErrorKind::not_found, folder.string(), ": expected a bundle, found no ", kManifestName,
         " there");
  }
  const auto file = MappedFile::open(path);
  const auto bytes = file->bytes();
  return parse_manifest({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

Bundle Bundle::open(const fs::path& folder) {
  Bundle bundle;
  bundle.folder_ = folder;
  bundle.manifest_ = read_manifest(folder);
  for (const FileRecord& record : bundle.manifest_.files) check_file(folder / record.name, record);
  return bundle;
}

bool Bundle::is_bundle(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path / kManifestName, error);
}

bool Bundle::has(std::string_view role) const {
  return std::any_of(manifest_.files.begin(), manifest_.files.end(),
                     [&](const FileRecord& file) { return file.role == role; });
}

const FileRecord& Bundle::record(std::string_view role) const {
  const auto& files = manifest_.files;
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const FileRecord& file) { return file.role == role; });
  if (found == files.end()) {
    fail(ErrorKind::not_found, folder_.string(), ": expected a bundle with a file for ", role,
         ", found none");
  }
  return *found;
}

fs::path Bundle::file(std::string_view role) const { return folder_ / record(role).name; }

void Bundle::check_hashes() const {
  for (const FileRecord& record : manifest_.files) {
    const fs::path path = folder_ / record.name;
    const std::string found = sha256_of_file(path);
    if (found != record.sha256) {
      fail(ErrorKind::mismatch, path.string(), ": expected the SHA-256 ", record.sha256,
           " of the manifest, found ", found);
    }
  }
}

}  // namespace sotto
