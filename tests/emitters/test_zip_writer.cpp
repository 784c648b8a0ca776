#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "core/archive/zip_reader.h"
#include "core/archive/zip_writer.h"
#include "core/base/mapped_file.h"
#include "support/temp_folder.h"
#include "support/text_sink.h"

namespace sotto {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<std::string> names_of(const ZipReader& archive) {
  std::vector<std::string> names;
  for (const ZipEntry& entry : archive.entries()) names.emplace_back(entry.name);
  return names;
}

TEST(ZipWriter, GivesBackItsEntriesAtMultiplesOf64Bytes) {
  test::TextSink sink;
  ZipWriter writer(sink);
  const std::string large(3 * ZipWriter::kChunkBytes + 17, 'x');
  writer.add("a/version", "3\n");
  writer.add("a/empty", "");
  writer.add("a/data/0", large);
  writer.add("a/last", "end");
  writer.finish();
  const ZipReader archive(bytes_of(sink.text), "a.pt");
  EXPECT_THAT(names_of(archive), ElementsAre("a/version", "a/empty", "a/data/0", "a/last"));
  EXPECT_EQ(text_of(archive.checked_content(*archive.find("a/version"))), "3\n");
  EXPECT_EQ(text_of(archive.checked_content(*archive.find("a/empty"))), "");
  EXPECT_EQ(text_of(archive.checked_content(*archive.find("a/data/0"))), large);
  EXPECT_EQ(text_of(archive.checked_content(*archive.find("a/last"))), "end");
  for (const ZipEntry& entry : archive.entries()) {
    const auto* start = reinterpret_cast<const char*>(archive.content(entry).data());
    EXPECT_EQ((start - sink.text.data()) % 64, 0) << entry.name;
    EXPECT_EQ(entry.method, 0);
  }
}

TEST(ZipWriter, WritesExactlyTheseBytes) {
  test::TextSink sink;
  ZipWriter writer(sink);
  writer.add("n", "123456789");  // the usual check of CRC-32: 0xcbf43926
  writer.finish();
  const std::string common =
      "\x14\0\0\x08\0\0\0\0\x21\0"  // version 2.0, UTF-8, stored, 1980-01-01 00:00
      "\x26\x39\xf4\xcb\x09\0\0\0\x09\0\0\0\x01\0"s;  // CRC-32, both sizes, length of the name
  const std::string header =
      "PK\x03\x04"s + common + "\x21\0nFB\x1d\0"s + std::string(29, 'Z') + "123456789";
  const std::string directory = "PK\x01\x02\x14\0"s + common + std::string(16, '\0') + "n";
  const std::string end = "PK\x05\x06\0\0\0\0\x01\0\x01\0\x2f\0\0\0\x49\0\0\0\0\0"s;
  EXPECT_EQ(sink.text, header + directory + end);
}

TEST(ZipWriter, ReadsContentInOrderAndASingleChunkOnce) {
  test::TextSink sink;
  ZipWriter writer(sink);
  std::vector<std::uint64_t> offsets;
  const auto content = [&](std::uint64_t size) {
    return ZipContent{size, [&](std::uint64_t offset, std::span<std::byte> out) {
                        offsets.push_back(offset);
                        std::memset(out.data(), 'x', out.size());
                      }};
  };
  writer.add("small", content(ZipWriter::kChunkBytes));
  EXPECT_THAT(offsets, ElementsAre(0));
  offsets.clear();
  writer.add("large", content(ZipWriter::kChunkBytes + 1));
  EXPECT_THAT(offsets, ElementsAre(0, ZipWriter::kChunkBytes, 0, ZipWriter::kChunkBytes));
}

// A file with holes where the chunks written are all zeros.
class SparseFile : public ByteSink {
 public:
  explicit SparseFile(const std::filesystem::path& path)
      : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {}
  ~SparseFile() override { ::close(descriptor_); }

  void write(std::span<const std::byte> bytes) override {
    const bool zeros = bytes.size() == ZipWriter::kChunkBytes && bytes[0] == std::byte{0};
    const auto size = static_cast<::off_t>(bytes.size());
    if (!zeros) {
      EXPECT_EQ(::pwrite(descriptor_, bytes.data(), bytes.size(), position_), size);
    }
    position_ += size;
  }

 private:
  int descriptor_;
  ::off_t position_ = 0;
};

TEST(ZipWriter, UsesZip64WhereANumberNeedsIt) {
  const test::TempFolder folder;
  constexpr std::uint64_t kHuge = (std::uint64_t{1} << 32) + 5 * ZipWriter::kChunkBytes;
  {
    SparseFile file(folder / "huge.zip");
    ZipWriter writer(file);
    writer.add("huge", {kHuge, [](std::uint64_t, std::span<std::byte> out) {
                          std::memset(out.data(), 0, out.size());
                        }});
    writer.add("beyond", "text");
    writer.finish();
  }
  const auto mapped = MappedFile::open(folder / "huge.zip");
  const ZipReader archive(mapped->bytes(), "huge.zip");
  EXPECT_EQ(archive.find("huge")->size, kHuge);
  EXPECT_EQ(archive.content(*archive.find("huge")).size(), kHuge);
  EXPECT_GT(archive.find("beyond")->header, kHuge);
  EXPECT_EQ(text_of(archive.checked_content(*archive.find("beyond"))), "text");
}

TEST(ZipWriter, UsesZip64ForManyEntries) {
  test::TextSink sink;
  ZipWriter writer(sink);
  for (int i = 0; i < 65535; ++i) writer.add(std::to_string(i), "");
  writer.finish();
  const ZipReader archive(bytes_of(sink.text), "many.zip");
  EXPECT_EQ(archive.entries().size(), 65535U);
  EXPECT_NE(archive.find("65534"), nullptr);
}

}  // namespace
}  // namespace sotto
