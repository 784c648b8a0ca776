#include "run/wire/remote_files.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>

#include "core/base/error.h"
#include "core/bundle/sha256.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMakeFolder = R"sh(umask 077
mkdir -p -- "$1" && cd -- "$1" && pwd)sh";
constexpr const char* kMakeFolders = R"sh(umask 077
mkdir -p -- "$@")sh";
constexpr std::chrono::milliseconds kHashing{600000};
constexpr const char* kFreeKilobytes = R"sh(df -k -- "$1" 2>/dev/null || df -k "$1")sh";
// Defines `hash FILE`, which prints one: fed by input, for names may hold what sha256sum escapes.
constexpr std::string_view kDefineHash = R"sh(if command -v sha256sum >/dev/null; then h=
elif toybox sha256sum </dev/null >/dev/null 2>&1; then h=toybox
elif busybox sha256sum </dev/null >/dev/null 2>&1; then h=busybox
else echo 'expected sha256sum, toybox or busybox there, found none' >&2; exit 1; fi
hash() { s=$($h sha256sum <"$1") && printf '%s\n' "${s%% *}"; }
)sh";
// A line for each file: its hash, or "-".
constexpr std::string_view kHashes = R"sh(for f; do
  [ -f "$f" ] && hash "$f" || printf '%s\n' -
done)sh";
// What arrived gets its name only when it is whole: $1 is that, $2 the hash, $3 the mode.
constexpr std::string_view kTakeOver = R"sh(if [ "$(hash "$1.part")" != "$2" ]; then
  rm -f -- "$1.part"
  echo "$1: did not arrive as it was sent" >&2
  exit 1
fi
chmod "$3" "$1.part" && mv -f -- "$1.part" "$1")sh";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t first = 0;
  while (first < text.size()) {
    const std::size_t end = std::min(text.find('\n', first), text.size());
    lines.push_back(text.substr(first, end - first));
    first = end + 1;
  }
  return lines;
}

/// The fourth number of df's last line, in bytes: of a line that a long name broke in two, the
/// third.
std::uint64_t free_of_df(const std::string& text, const std::string& device) {
  constexpr std::uint64_t kKilobyte = 1024;
  const auto lines = lines_of(text);
  std::vector<std::uint64_t> numbers;
  std::string_view rest = lines.empty() ? std::string_view() : lines.back();
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    std::uint64_t number = 0;
    const auto [stopped, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error == std::errc() && stopped == word.data() + word.size()) numbers.push_back(number);
  }
  if (numbers.size() < 3) {
    fail(ErrorKind::io, device, ": expected what df -k prints, found \"", text, "\"");
  }
  return numbers[2] * kKilobyte;
}

std::string megabytes(std::uint64_t bytes) {
  constexpr std::uint64_t kMegabyte = 1000000;
  return concat((bytes + kMegabyte - 1) / kMegabyte, " MB");
}

}  // namespace

RemoteFolder::RemoteFolder(Wire& wire, const std::string& path) : wire_(wire), path_(path) {
  if (path_.empty()) path_ = wire.expect_script(wire.usual_folder(), {});
  path_ = wire.expect_script(kMakeFolder, {path_});
  while (path_.ends_with('\n')) path_.pop_back();
  if (!path_.starts_with('/')) {
    fail(ErrorKind::io, wire.name(), ": expected the path of a folder, found \"", path_, "\"");
  }
}

std::uint64_t RemoteFolder::free_bytes() const {
  return free_of_df(wire_.expect_script(kFreeKilobytes, {path_}), wire_.name());
}

std::vector<std::string> RemoteFolder::hashes_of(const std::vector<std::string>& paths) const {
  constexpr std::size_t kAtOnce = 16;  // an old adb takes no long lines
  const std::string script = concat(kDefineHash, kHashes);
  std::vector<std::string> hashes;
  for (std::size_t first = 0; first < paths.size(); first += kAtOnce) {
    const auto begin = paths.begin() + static_cast<std::ptrdiff_t>(first);
    const auto count = std::min(kAtOnce, paths.size() - first);
    const std::vector<std::string> some(begin, begin + static_cast<std::ptrdiff_t>(count));
    const auto lines = lines_of(wire_.expect_script(script.c_str(), some, {.time = kHashing}));
    if (lines.size() != count) {
      fail(ErrorKind::io, wire_.name(), ": expected ", count, " hashes, found ", lines.size());
    }
    hashes.insert(hashes.end(), lines.begin(), lines.end());
  }
  return hashes;
}

void RemoteFolder::send(const RemoteFile& file) const {
  const std::string target = at(file.path);
  wire_.send(file.local, target + ".part");
  const std::string script = concat(kDefineHash, kTakeOver);
  (void)wire_.expect_script(script.c_str(), {target, file.sha256, file.executable ? "700" : "600"},
                            {.time = kHashing});
}

PushReport RemoteFolder::push(std::vector<RemoteFile> files,
                              const std::function<void(const std::string&)>& progress) const {
  std::vector<std::string> paths;
  std::set<std::string> folders;
  for (RemoteFile& file : files) {
    if (file.sha256.empty()) file.sha256 = sha256_of_file(file.local);
    paths.push_back(at(file.path));
    folders.insert(paths.back().substr(0, paths.back().rfind('/')));
  }
  PushReport report;
  std::vector<const RemoteFile*> missing;
  const auto hashes = hashes_of(paths);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::uint64_t bytes = fs::file_size(files[i].local);
    ++report.files;
    report.bytes += bytes;
    if (hashes[i] == files[i].sha256) continue;
    missing.push_back(&files[i]);
    report.bytes_sent += bytes;
  }
  if (missing.empty()) return report;
  const std::uint64_t free = free_bytes();
  if (free < report.bytes_sent) {
    fail(ErrorKind::unavailable, wire_.name(), ": ", path_, ": expected ",
         megabytes(report.bytes_sent), " free, found ", megabytes(free),
         ": make room there, or name another folder with ", Option{"directory"});
  }
  (void)wire_.expect_script(kMakeFolders, {folders.begin(), folders.end()});
  for (const RemoteFile* file : missing) {
    if (progress) progress(concat("sending ", file->path));
    send(*file);
    ++report.sent;
  }
  return report;
}

}  // namespace sotto
