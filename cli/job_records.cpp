#include "job_records.h"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/input_file.h"
#include "file_state.h"
#include "job_record_text.h"
#include "run/tokenizer/utf8.h"

namespace sotto::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kFolder = ".sotto";

/// What stands in the place of something else, for messages.
std::string kind_of(const fs::file_status& status) {
  if (fs::is_symlink(status)) return "a link";
  if (fs::is_directory(status)) return "a folder";
  return fs::is_regular_file(status) ? "a file" : "something else";
}

/// A byte of the lock file for each name: FNV-1a, kept positive as file positions are. Two names of
/// one byte would merely wait for each other.
::off_t place_of(const std::string& name) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char letter : name) {
    hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3U;
  }
  return static_cast<::off_t>(hash >> 2U);
}

struct ::flock lock_of(short type, const std::string& name) {
  struct ::flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = place_of(name);
  lock.l_len = 1;
  return lock;
}

/// The bytes of a record; none when it cannot be read, or is longer than any that was written here.
std::vector<std::byte> read_record(const fs::path& path) {
  constexpr std::uint64_t kLargest = 1U << 20U;
  try {
    const auto file = InputFile::open(path);
    std::vector<std::byte> bytes(file->size() > kLargest ? 0 : file->size());
    bytes.resize(file->read(0, bytes));
    return bytes;
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

JobRecords::JobRecords(fs::path outputs, Make make)
    : outputs_(std::move(outputs)), folder_(outputs_ / kFolder) {
  std::error_code error, ignored;
  if (make == Make::where_missing) fs::create_directory(folder_, error);
  const fs::file_status status = fs::symlink_status(folder_, ignored);
  if (make == Make::never && !fs::exists(status)) return;
  if (!fs::is_directory(status)) {
    const bool is_other = fs::exists(status);
    fail(ErrorKind::io, folder_.string(),
         is_other ? ": expected a folder of records, found " + kind_of(status)
                  : ": cannot be made: " + error.message());
  }
  open_lock();
}

void JobRecords::open_lock() {
  constexpr ::mode_t kReadWriteForAll = 0666;
  constexpr int kFlags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const fs::path file = folder_ / "lock";
  lock_file_ = ::open(file.c_str(), kFlags, kReadWriteForAll);
  const int error = errno;
  std::error_code ignored;
  const fs::file_status status = fs::symlink_status(file, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    if (lock_file_ >= 0) ::close(std::exchange(lock_file_, -1));
    fail(ErrorKind::io, file.string(), ": expected a file to lock, found ", kind_of(status));
  }
  if (lock_file_ < 0) {
    fail(ErrorKind::io, file.string(),
         ": cannot be opened: ", std::generic_category().message(error));
  }
}

JobRecords::~JobRecords() {
  if (lock_file_ >= 0) ::close(lock_file_);
}

bool JobRecords::lock(const std::string& name, Wait wait) {
  if (lock_file_ < 0) return true;
  struct ::flock lock = lock_of(F_WRLCK, name);
  const int command = wait == Wait::yes ? F_OFD_SETLKW : F_OFD_SETLK;
  while (::fcntl(lock_file_, command, &lock) != 0) {
    if (errno == EINTR) continue;
    if (wait == Wait::no && (errno == EAGAIN || errno == EACCES)) return false;
    fail(ErrorKind::io, folder_.string(),
         ": nothing in it can be locked: ", std::generic_category().message(errno));
  }
  return true;
}

void JobRecords::unlock(const std::string& name) {
  if (lock_file_ < 0) return;
  struct ::flock lock = lock_of(F_UNLCK, name);
  ::fcntl(lock_file_, F_OFD_SETLK, &lock);
}

fs::path JobRecords::record(const fs::path& outputs, const std::string& name) {
  return outputs / kFolder / (name + ".json");
}

std::vector<OutputFormat> JobRecords::finished(const std::string& name, const Json& job) const {
  std::error_code ignored;
  const fs::path file = record(name);
  if (lock_file_ < 0 || !fs::is_regular_file(fs::symlink_status(file, ignored))) return {};
  std::vector<OutputFormat> finished = formats_recorded(read_record(file), job);
  std::erase_if(finished, [&](OutputFormat format) {
    std::error_code error;
    return !fs::is_regular_file(output_path(outputs_, name, format), error);
  });
  return finished;
}

void JobRecords::forget(const std::string& name) {
  if (lock_file_ < 0) return;
  std::error_code error;
  fs::remove(record(name), error);
  if (error) fail(ErrorKind::io, record(name).string(), ": cannot be removed: ", error.message());
}

void JobRecords::remember(const std::string& name, const Json& job,
                          std::span<const OutputFormat> formats) {
  if (lock_file_ < 0) return;
  const std::string text = record_text(job, formats);
  forget(name);  // a link that somebody put there: it would be followed
  AtomicFile file(this->record(name));
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

std::optional<Json> job_of(const fs::path& recording, const Json& shared) {
  const auto state = file_state(recording);
  if (!state) return std::nullopt;
  Json job = shared;
  job["recording"] = {{"name", replace_ill_formed_utf8(recording.filename().string())},
                      {"bytes", state->bytes},
                      {"changed", state->changed}};
  return job;
}

}  // namespace sotto::cli
