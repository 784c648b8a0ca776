#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "core/base/mapped_file.h"
#include "support/files.h"
#include "support/temp_folder.h"

// Pages of mapped files that are let go, as /proc/self/pagemap tells them.

namespace sotto {
namespace {

using test::TempFolder;
using test::write_file;

constexpr std::size_t kPages = 8;

std::size_t page_size() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

/// Whether each page from here on is part of this process's memory now; mincore() would tell what
/// the system has in its own cache.
std::vector<bool> present(const std::byte* first, std::size_t pages) {
  const int file = ::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  EXPECT_GE(file, 0);
  std::vector<std::uint64_t> entries(pages);
  const auto place = reinterpret_cast<std::uintptr_t>(first) / page_size() * sizeof entries[0];
  const std::size_t bytes = pages * sizeof entries[0];
  EXPECT_EQ(::pread(file, entries.data(), bytes, static_cast<off_t>(place)),
            static_cast<ssize_t>(bytes));
  ::close(file);
  std::vector<bool> result;
  for (const std::uint64_t entry : entries) result.push_back((entry >> 63U) != 0);
  return result;
}

std::string content() {
  std::string bytes(kPages * page_size(), '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7919 >> 8U);
  return bytes;
}

class MappedPages : public testing::Test {
 protected:
  void SetUp() override {
    write_file(folder_ / "pages", content_);
    file_ = MappedFile::open(folder_ / "pages");
    read_all();
    if (present() != std::vector<bool>(kPages, true)) {
      GTEST_SKIP() << "/proc/self/pagemap does not tell what is in memory, as under an emulator";
    }
  }

  [[nodiscard]] const std::byte* data() const { return file_->bytes().data(); }
  [[nodiscard]] std::vector<bool> present() const { return sotto::present(data(), kPages); }
  void read_all() const { EXPECT_EQ(std::memcmp(data(), content_.data(), content_.size()), 0); }

  /// That pages [first, last) went, and no other, and that all are as they were when read again.
  void expect_left(std::size_t first, std::size_t last) const {
    const std::vector<bool> pages = present();
    for (std::size_t page = 0; page < kPages; ++page) {
      EXPECT_EQ(pages[page], page < first || page >= last) << "page " << page;
    }
    read_all();
    EXPECT_EQ(present(), std::vector<bool>(kPages, true));
  }

  TempFolder folder_;
  std::string content_ = content();
  std::shared_ptr<const MappedFile> file_;
};

TEST_F(MappedPages, GoAndComeBackAsTheyWere) {
  leave_mapped_pages(data(), content_.size());
  expect_left(0, kPages);
  leave_mapped_pages(data() + 2 * page_size(), 3 * page_size());
  expect_left(2, 5);
}

TEST_F(MappedPages, StayWhereOthersBytesLieOnThemToo) {
  leave_mapped_pages(data() + 1, 3 * page_size());
  expect_left(1, 3);
  leave_mapped_pages(data() + 2 * page_size(), 2 * page_size() + page_size() / 2);
  expect_left(2, 4);
  leave_mapped_pages(data() + 2 * page_size() - 1, 2 * page_size() + 2);
  expect_left(2, 4);
}

TEST_F(MappedPages, StayWhereNoPageIsWhole) {
  leave_mapped_pages(data() + 10, page_size() - 10);
  leave_mapped_pages(data() + page_size() + 1, page_size());
  leave_mapped_pages(data() + page_size(), page_size() - 1);
  leave_mapped_pages(data() + page_size(), 0);
  expect_left(0, 0);
}

TEST_F(MappedPages, StayWhereSomeBytesAreNotTheMappings) {
  leave_mapped_pages(data() + 6 * page_size(), 3 * page_size());
  expect_left(0, 0);
}

TEST_F(MappedPages, OfEachOfSeveralMappingsAreItsOwn) {
  const auto other = MappedFile::open(folder_ / "pages");
  ASSERT_EQ(std::memcmp(other->bytes().data(), content_.data(), content_.size()), 0);
  leave_mapped_pages(data(), content_.size());
  EXPECT_EQ(sotto::present(other->bytes().data(), kPages), std::vector<bool>(kPages, true));
  expect_left(0, kPages);
  leave_mapped_pages(other->bytes().data(), content_.size());
  EXPECT_EQ(sotto::present(other->bytes().data(), kPages), std::vector<bool>(kPages, false));
  expect_left(0, 0);
}

TEST_F(MappedPages, MayGoWhileOthersReadThem) {
  std::thread reader([&] {
    for (int i = 0; i < 200; ++i) read_all();
  });
  for (int i = 0; i < 200; ++i) leave_mapped_pages(data(), content_.size());
  reader.join();
  read_all();
}

// Such memory would come back as zeros.
TEST(OtherPages, KeepWhatTheyHold) {
  const std::size_t bytes = kPages * page_size();
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  std::memset(memory, 42, bytes);
  const auto* first = static_cast<const std::byte*>(memory);
  leave_mapped_pages(first, bytes);
  EXPECT_TRUE(std::all_of(first, first + bytes, [](std::byte b) { return b == std::byte{42}; }));
  ::munmap(memory, bytes);
}

// An address may be given out again for something else.
TEST(OtherPages, KeepWhatTheyHoldWhereAFileWasMapped) {
  const TempFolder folder;
  write_file(folder / "pages", content());
  const std::byte* place = MappedFile::open(folder / "pages")->bytes().data();
  const std::size_t bytes = kPages * page_size();
  void* memory = ::mmap(const_cast<std::byte*>(place), bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (memory == MAP_FAILED || memory != place) GTEST_SKIP() << "somebody else has this place now";
  std::memset(memory, 42, bytes);
  leave_mapped_pages(place, bytes);
  EXPECT_TRUE(std::all_of(place, place + bytes, [](std::byte b) { return b == std::byte{42}; }));
  ::munmap(memory, bytes);
}

}  // namespace
}  // namespace sotto
