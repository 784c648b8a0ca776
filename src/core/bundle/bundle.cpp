#include "core/bundle/bundle.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/jobs.h"
#include "core/base/mapped_file.h"
#include "core/bundle/distinct_files.h"
#include "core/bundle/one_state.h"
#include "core/bundle/sha256.h"
#include "core/signatures/other_files.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

void check_file(const fs::path& path, const FileRecord& record) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    fail(ErrorKind::not_found, path.string(), ": expected this file of the bundle, found none");
  }
  if (error) fail(ErrorKind::io, path.string(), ": cannot be examined: ", error.message());
  if (!fs::is_regular_file(status)) {
    fail(ErrorKind::not_found, path.string(),
         ": expected this file of the bundle, found something that is no regular file");
  }
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) fail(ErrorKind::io, path.string(), ": cannot be examined: ", error.message());
  if (size != record.bytes) {
    fail(ErrorKind::mismatch, path.string(), ": expected ", record.bytes,
         " bytes as the manifest says, found ", size);
  }
}

}  // namespace

Manifest read_manifest(const fs::path& folder) {
  const fs::path path = folder / kManifestName;
  std::error_code error;
  if (fs::status(path, error).type() == fs::file_type::not_found) {
    refuse_other_files(folder, Wanted::bundle);
    fail(ErrorKind::not_found, folder.string(), ": expected a bundle, found no ", kManifestName,
         " there");
  }
  const auto file = MappedFile::open(path);
  const auto bytes = file->bytes();
  return parse_manifest({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

Bundle Bundle::open(const fs::path& folder) {
  return read_in_one_state(folder, [&] {
    Bundle bundle;
    bundle.folder_ = folder;
    bundle.manifest_ = read_manifest(folder);
    for (const FileRecord& record : bundle.manifest_.files) {
      check_file(folder / record.name, record);
    }
    return bundle;
  });
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
  const std::vector<FileRecord> files = distinct_files(manifest_);
  std::vector<std::string> found(files.size());
  std::vector<std::pair<std::uint64_t, std::function<void()>>> jobs;
  for (std::size_t i = 0; i < files.size(); ++i) {
    jobs.emplace_back(files[i].bytes,
                      [&, i] { found[i] = sha256_of_file(folder_ / files[i].name); });
  }
  run_jobs(largest_first(std::move(jobs)), std::thread::hardware_concurrency());
  for (std::size_t i = 0; i < files.size(); ++i) {
    compare_sha256(folder_ / files[i].name, files[i].sha256, found[i]);
  }
}

}  // namespace sotto
