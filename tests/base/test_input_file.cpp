#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/input_file.h"
#include "core/base/mapped_file.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

using testing::HasSubstr;

class NamedPipes : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::mkfifo(pipe().c_str(), 0600), 0); }

  [[nodiscard]] std::filesystem::path pipe() const { return folder_ / "pipe.wav"; }

  /// Writes the pieces into the pipe, a moment between them.
  [[nodiscard]] std::thread writer(std::vector<std::string> pieces) const {
    return std::thread([path = pipe(), pieces = std::move(pieces)] {
      const int descriptor = ::open(path.c_str(), O_WRONLY);
      for (const std::string& piece : pieces) {
        std::this_thread::sleep_for(std::chrono::milliseconds(150));
        ASSERT_EQ(::write(descriptor, piece.data(), piece.size()),
                  static_cast<::ssize_t>(piece.size()));
      }
      ::close(descriptor);
    });
  }

  template <class Action>
  static std::string refusal(Action action) {
    return expect_error(ErrorKind::io, "", action);
  }

  TempFolder folder_;
};

std::string content(const InputFile& file) {
  std::string bytes(file.size(), '\0');
  EXPECT_EQ(file.read(0, std::as_writable_bytes(std::span(bytes))), bytes.size());
  return bytes;
}

// Opening one for reading waits for a writer, for ever where there is none.
TEST_F(NamedPipes, AreRefusedAtOnceWhereAFileIsExpected) {
  const std::string expected = ": expected a file, found something that is no regular file";
  EXPECT_THAT(refusal([&] { static_cast<void>(InputFile::open(pipe())); }), HasSubstr(expected));
  EXPECT_THAT(refusal([&] { static_cast<void>(MappedFile::open(pipe())); }), HasSubstr(expected));
  EXPECT_THAT(refusal([] { static_cast<void>(MappedFile::open("/dev/zero")); }),
              HasSubstr(expected));
  EXPECT_THAT(refusal([] { static_cast<void>(InputFile::open_or_spool("/dev/zero")); }),
              HasSubstr(expected));
}

TEST_F(NamedPipes, AreReadToTheirEnd) {
  std::thread thread = writer({"one ", "two ", std::string(300'000, 'x')});
  const auto file = InputFile::open_or_spool(pipe());
  thread.join();
  EXPECT_EQ(file->name(), pipe().string());
  EXPECT_EQ(content(*file), "one two " + std::string(300'000, 'x'));
}

TEST_F(NamedPipes, MayHaveNothingInThem) {
  std::thread thread = writer({});
  const auto file = InputFile::open_or_spool(pipe());
  thread.join();
  EXPECT_EQ(file->size(), 0U);
}

TEST_F(NamedPipes, AreGivenUpWhereNobodyWrites) {
  EXPECT_THAT(refusal([&] { static_cast<void>(InputFile::open_or_spool(pipe())); }),
              HasSubstr("pipe.wav: expected a pipe that somebody writes into, found nobody for 10 "
                        "seconds"));
}

TEST_F(NamedPipes, AreToldFromFiles) {
  write_file(folder_ / "a.wav", "content");
  EXPECT_EQ(content(*InputFile::open_or_spool(folder_ / "a.wav")), "content");
}

}  // namespace
}  // namespace sotto::test
