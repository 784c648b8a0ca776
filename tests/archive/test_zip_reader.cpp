#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "archive/zip_bytes.h"
#include "core/archive/zip_reader.h"
#include "support/expect_error.h"

namespace sotto::test {
namespace {

using ::testing::HasSubstr;

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

ZipBytes two_files() {
  ZipBytes zip;
  zip.files.push_back({.name = "a/first", .content = "hello", .padding = 21});
  zip.files.push_back({.name = "a/second", .content = std::string(1000, 'x')});
  return zip;
}

void read_all(const std::string& bytes) {
  const ZipReader reader(bytes_of(bytes), "x.zip");
  for (const ZipEntry& entry : reader.entries()) (void)reader.checked_content(entry);
}

std::string refusal(ErrorKind kind, const std::string& bytes) {
  return expect_error(kind, "x.zip: ", [&] { read_all(bytes); });
}

TEST(ZipReader, ReadsStoredEntries) {
  for (const bool zip64 : {false, true}) {
    for (const char* comment : {"", "a comment, PK\x05\x06 in it"}) {
      ZipBytes zip = two_files();
      zip.zip64 = zip64;
      zip.comment = comment;
      const std::string bytes = zip.make();
      const ZipReader reader(bytes_of(bytes), "x.zip");
      ASSERT_EQ(reader.entries().size(), 2U);
      ASSERT_NE(reader.find("a/first"), nullptr);
      EXPECT_EQ(text_of(reader.checked_content(*reader.find("a/first"))), "hello");
      EXPECT_EQ(text_of(reader.content(*reader.find("a/second"))), std::string(1000, 'x'));
      EXPECT_EQ(reader.find("a"), nullptr);
    }
  }
}

TEST(ZipReader, ReadsAnEmptyArchive) {
  const std::string bytes = ZipBytes{}.make();
  EXPECT_TRUE(ZipReader(bytes_of(bytes), "x.zip").entries().empty());
}

TEST(ZipReader, RefusesEveryTruncation) {
  for (const bool zip64 : {false, true}) {
    ZipBytes zip = two_files();
    zip.zip64 = zip64;
    const std::string bytes = zip.make();
    for (std::size_t size = 0; size < bytes.size(); ++size)
      refusal(ErrorKind::format, bytes.substr(0, size));
  }
}

TEST(ZipReader, SaysWhatItFoundInstead) {
  EXPECT_EQ(refusal(ErrorKind::format, "hello"),
            "x.zip: expected a zip archive, found 5 bytes of something else");
  EXPECT_THAT(refusal(ErrorKind::format, two_files().make().substr(0, 500)),
              HasSubstr("cut short"));
}

TEST(ZipReader, RefusesCompressedEntriesWhenTheyAreRead) {
  ZipBytes zip = two_files();
  zip.files[1].method = 8;
  const std::string bytes = zip.make();
  const ZipReader reader(bytes_of(bytes), "x.zip");
  EXPECT_EQ(text_of(reader.content(*reader.find("a/first"))), "hello");
  EXPECT_EQ(refusal(ErrorKind::unsupported, bytes),
            "x.zip: expected the entry a/second to be stored, found it compressed (method 8)");
}

TEST(ZipReader, RefusesEncryptedEntries) {
  ZipBytes zip = two_files();
  zip.files[0].flags = 1;
  EXPECT_THAT(refusal(ErrorKind::unsupported, zip.make()), HasSubstr("a/first is encrypted"));
}

TEST(ZipReader, RefusesNamesThatOccurTwice) {
  ZipBytes zip = two_files();
  zip.files[1].name = "a/first";
  EXPECT_THAT(refusal(ErrorKind::format, zip.make()), HasSubstr("found a/first twice"));
}

TEST(ZipReader, RefusesEntriesThatOverlap) {
  ZipBytes zip = two_files();
  zip.files[0].size_error = 100;
  EXPECT_THAT(refusal(ErrorKind::format, zip.make()), HasSubstr("overlaps"));
  zip = two_files();
  zip.files[1].header_error = -60;  // inside of the first
  EXPECT_THAT(refusal(ErrorKind::format, zip.make()), HasSubstr("overlaps"));
  zip = two_files();
  zip.files[1].size_error = 5;  // into the directory
  EXPECT_THAT(refusal(ErrorKind::format, zip.make()), HasSubstr("overlaps"));
  zip = two_files();
  zip.zip64 = true;
  zip.files[1].size_error = INT64_MAX;
  EXPECT_THAT(refusal(ErrorKind::format, zip.make()), HasSubstr("overlaps"));
  zip.files[1].size_error = 0;
  zip.files[1].header_error = -500;  // before the file's first byte
  EXPECT_THAT(refusal(ErrorKind::format, zip.make()), HasSubstr("overlaps"));
}

TEST(ZipReader, RefusesAWrongDirectory) {
  for (const bool zip64 : {false, true}) {
    for (const std::int64_t error : {-1, 1, 30000, -30000}) {
      ZipBytes zip = two_files();
      zip.zip64 = zip64;
      zip.directory_error = error;
      refusal(ErrorKind::format, zip.make());
      zip.directory_error = 0;
      zip.count_error = error;
      refusal(ErrorKind::format, zip.make());
    }
  }
}

TEST(ZipReader, RefusesEndRecordsThatContradictEachOther) {
  ZipBytes zip = two_files();
  zip.zip64 = true;
  std::string bytes = zip.make();
  bytes[bytes.size() - 12] = '\x02';  // entries: neither "elsewhere" nor the zip64 record's
  bytes[bytes.size() - 14] = '\x02';
  EXPECT_THAT(refusal(ErrorKind::format, bytes), HasSubstr("contradict"));
}

TEST(ZipReader, RefusesSplitArchives) {
  std::string bytes = two_files().make();
  bytes[bytes.size() - 18] = '\x03';
  EXPECT_THAT(refusal(ErrorKind::unsupported, bytes), HasSubstr("split"));
}

TEST(ZipReader, RefusesAHeaderOfAnotherFile) {
  ZipBytes zip = two_files();
  zip.files[0].local_name = "a/other";
  EXPECT_THAT(refusal(ErrorKind::format, zip.make()), HasSubstr("the header of a/first"));
}

TEST(ZipReader, RefusesDamagedContent) {
  ZipBytes zip = two_files();
  zip.files[1].checksum_error = 1;
  EXPECT_THAT(refusal(ErrorKind::format, zip.make()), HasSubstr("a/second does not match"));
}

TEST(ZipReader, ShowsHostileNamesOnOneLine) {
  ZipBytes zip = two_files();
  zip.files[0].name = concat("a\nb\x1b[2J", std::string(5000, 'n'));
  zip.files[0].flags = 1;
  EXPECT_THAT(refusal(ErrorKind::unsupported, zip.make()), HasSubstr("a\\x0ab\\x1b[2Jnnn"));
}

}  // namespace
}  // namespace sotto::test
