#include "core/bundle/bundle_writer.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/base/output_file.h"
#include "core/bundle/bundle.h"
#include "core/bundle/one_state.h"
#include "core/bundle/sha256.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& folder, std::string_view found) {
  fail(ErrorKind::usage, folder.string(),
       ": expected a new folder, an empty one or a bundle to write to, found ", found);
}

// Hashes what it writes, so that a file need not be read again.
class HashedFile : public ByteSink {
 public:
  HashedFile(const fs::path& path, const std::string& shown) : file_(path, shown) {}

  void write(std::span<const std::byte> bytes) override {
    file_.write(bytes);
    hash_.write(bytes);
  }

  void finish(FileRecord& record) {
    file_.sync();
    file_.close();
    record.bytes = file_.size();
    record.sha256 = hash_.finish();
  }

 private:
  OutputFile file_;
  Sha256 hash_;
};

fs::directory_iterator entries_of(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  if (error) fail(ErrorKind::io, folder.string(), ": cannot be read: ", error.message());
  return entries;
}

void check_own_files_only(const fs::path& folder) {
  const auto files = read_manifest(folder).files;
  for (const auto& entry : entries_of(folder)) {
    const std::string name = entry.path().filename().string();
    const bool own = name == kManifestName ||
                     std::any_of(files.begin(), files.end(),
                                 [&](const FileRecord& file) { return file.name == name; });
    if (!own) refuse(folder, concat("a bundle with ", name, " in it, which is not its own"));
  }
}

void check_state(const fs::path& folder) {
  std::error_code error;
  const auto status = fs::status(folder, error);
  if (status.type() == fs::file_type::not_found) return;
  if (error) fail(ErrorKind::io, folder.string(), ": cannot be examined: ", error.message());
  if (!fs::is_directory(status)) refuse(folder, "something that is no folder");
  if (entries_of(folder) == fs::directory_iterator()) return;
  if (!Bundle::is_bundle(folder)) refuse(folder, "a folder with other things in it");
  check_own_files_only(folder);
}

fs::path checked(const fs::path& folder) {
  check_replaceable(folder);
  return folder;
}

}  // namespace

void check_replaceable(const fs::path& folder) {
  read_in_one_state(folder, [&] {
    check_state(folder);
    return true;
  });
}

BundleWriter::BundleWriter(const fs::path& folder, const OnWait& on_wait)
    : folder_(checked(folder)), staged_(folder, on_wait) {}

FileRecord BundleWriter::write(std::string_view role, const std::string& name,
                               const std::function<void(ByteSink&)>& produce) {
  FileRecord record;
  record.role = role;
  record.name = name;
  HashedFile file(staged_.path() / name, (folder_ / name).string());
  produce(file);
  file.finish(record);
  return record;
}

void BundleWriter::take(const fs::path& folder, const FileRecord& record) {
  if (!taken_.insert(record.name).second) return;  // with another graph in it
  const fs::path from = folder / record.name;
  std::error_code error;
  fs::create_hard_link(from, staged_.path() / record.name, error);
  if (!error) return;
  const auto content = MappedFile::open(from);
  const FileRecord copy =
      write(record.role, record.name, [&](ByteSink& sink) { sink.write(content->bytes()); });
  if (copy.bytes == record.bytes && copy.sha256 == record.sha256) return;
  fail(ErrorKind::mismatch, from.string(), ": expected the SHA-256 ", record.sha256,
       " of the manifest, found ", copy.sha256);
}

void BundleWriter::commit(const Manifest& manifest) {
  OutputFile file(staged_.path() / kManifestName, (folder_ / kManifestName).string());
  file.write_text(manifest_text(manifest));
  file.sync();
  file.close();
  check_replaceable(folder_);
  staged_.commit();
}

void check_unchanged(const Bundle& bundle, const JoiningFile& joining) {
  if (!joining.source) return;
  const FileRecord& source = *joining.source;
  if (bundle.has(source.role) && bundle.record(source.role) == source) return;
  fail(ErrorKind::mismatch, (bundle.folder() / source.name).string(), ": was replaced while ",
       joining.record.name, " was made of it: make that again");
}

FileRecord join(BundleWriter& writer, const JoiningFile& joining) {
  const auto content = MappedFile::open(joining.file);
  FileRecord record = joining.record;
  const FileRecord written =
      writer.write(record.role, record.name, [&](ByteSink& sink) { sink.write(content->bytes()); });
  record.bytes = written.bytes;
  record.sha256 = written.sha256;
  return record;
}

Manifest extend_bundle(const fs::path& folder, const std::vector<JoiningFile>& files,
                       const OnWait& on_wait) {
  BundleWriter writer(folder, on_wait);
  const Bundle bundle = Bundle::open(folder);
  for (const JoiningFile& joining : files) check_unchanged(bundle, joining);
  Manifest manifest = bundle.manifest();
  std::erase_if(manifest.files, [&](const FileRecord& old) {
    return std::any_of(files.begin(), files.end(), [&](const JoiningFile& joining) {
      return joining.record.role == old.role || joining.record.name == old.name;
    });
  });
  for (const FileRecord& old : manifest.files) writer.keep(old);
  for (const JoiningFile& joining : files) manifest.files.push_back(join(writer, joining));
  writer.commit(manifest);
  return manifest;
}

}  // namespace sotto
