#include "core/base/unfinished.h"

#include <chrono>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace sotto {
namespace {

namespace fs = std::filesystem;

struct List {
  std::mutex mutex;
  std::vector<const Unfinished*> entries;
};

// Never destroyed: threads may outlive main().
List& list() {
  static List* const the_list = new List;
  return *the_list;
}

void remove_with_contents(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  // Threads that still write into a folder may be the faster ones for a while.
  constexpr int kAttempts = 100;
  for (int i = 0; i < kAttempts && error == std::errc::directory_not_empty; ++i) {
    fs::remove_all(path, error);
  }
  if (!error) return;
  // A umask may have made a folder that not even its owner may list.
  fs::permissions(path, fs::perms::owner_all, fs::perm_options::add | fs::perm_options::nofollow,
                  error);
  fs::remove_all(path, error);
}

}  // namespace

Unfinished::Unfinished(fs::path path, Removal removal)
    : Unfinished(
          std::move(path), [] {}, removal) {}

Unfinished::Unfinished(fs::path path, const std::function<void()>& make, Removal removal)
    : path_(std::move(path)), removal_(removal) {
  const std::lock_guard lock(list().mutex);
  auto& entries = list().entries;
  entries.reserve(entries.size() + 1);  // no failure between what is made and the list
  make();
  entries.push_back(this);
}

Unfinished::~Unfinished() {
  const std::lock_guard lock(list().mutex);
  std::erase(list().entries, this);
}

void Unfinished::remove() const noexcept {
  try {
    std::error_code ignored;  // somebody may have put something into it meanwhile
    if (removal_ == Removal::when_empty) {
      fs::remove(path_, ignored);
    } else {
      remove_with_contents(path_);
    }
  } catch (const std::bad_alloc&) {  // then it stays, to be removed by the next of its name
  }
}

void remove_unfinished() {
  constexpr int kTries = 20;
  constexpr auto kPause = std::chrono::milliseconds(1);
  list().mutex.lock();  // for good
  const auto& entries = list().entries;
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    (*entry)->remove();
    // Another thread may have made one more file in a folder while it was being emptied.
    std::error_code ignored;
    for (int i = 1; i < kTries && fs::exists(fs::symlink_status((*entry)->path(), ignored)); ++i) {
      std::this_thread::sleep_for(kPause);
      (*entry)->remove();
    }
  }
}

}  // namespace sotto
