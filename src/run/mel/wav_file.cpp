#include "run/mel/wav_file.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/archive/printable.h"
#include "core/base/error.h"
#include "core/signatures/other_files.h"
#include "run/mel/byte_order.h"
#include "run/mel/wav_format.h"

namespace sotto {
namespace {

constexpr std::uint64_t kChunkHeader = 8;
constexpr std::uint64_t kRiffHeader = 12;
constexpr std::size_t kFormatBytes = 40;  // of the longest form; what is behind says nothing more
constexpr std::uint64_t kMostChunks = 100'000;
constexpr std::uint64_t kUnknownSize = 0xFFFFFFFF;

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct Chunk {
  std::string id;
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

/// The chunks of a WAV file, as far as they go, and what they say.
class WavReader {
 public:
  explicit WavReader(const InputFile& file) : file_(file), start_(behind_tag()) { check_form(); }

  PcmData read() {
    std::uint64_t at = start_ + kRiffHeader;
    for (std::uint64_t count = 0; count < kMostChunks && !ended_; ++count) {
      std::optional<Chunk> chunk = chunk_at(at);
      if (!chunk) break;
      if (chunk->id == "data" && long_sizes_) chunk->size = long_size(*chunk);
      take(*chunk);
      if (chunk->size > file_.size() - chunk->begin) break;
      at = chunk->begin + chunk->size + chunk->size % 2;
    }
    return result();
  }

 private:
  /// Where the file begins: some programs put an ID3 tag in front. Its size has 7 bits a byte.
  [[nodiscard]] std::uint64_t behind_tag() const {
    constexpr std::size_t kTagHeader = 10;
    const std::vector<std::byte> head = bytes_at(0, kTagHeader);
    if (head.size() < kTagHeader || !text_of(head).starts_with("ID3")) return 0;
    std::uint64_t size = 0;
    for (const std::byte byte : std::span(head).last(4)) {
      size = size << 7 | std::to_integer<std::uint64_t>(byte & std::byte{0x7F});
    }
    return kTagHeader + size;
  }

  void check_form() {
    const std::vector<std::byte> head = bytes_at(start_, kRiffHeader);
    const std::string_view form = text_of(head).substr(0, std::min<std::size_t>(4, head.size()));
    const bool is_riff = form == "RIFF" || form == "RIFX" || form == "RF64" || form == "BW64";
    if (head.size() < kRiffHeader || !is_riff) refuse_other_contents();
    if (text_of(head).substr(8) != "WAVE") {
      fail(ErrorKind::format, file_.name(), ": expected a WAV recording, found a file of the form ",
           printable(text_of(head).substr(8)), " in ", form);
    }
    big_endian_ = form == "RIFX";
    long_sizes_ = form == "RF64" || form == "BW64";
  }

  [[noreturn]] void refuse_other_contents() const {
    if (file_.size() == 0) {
      fail(ErrorKind::format, file_.name(), ": expected a sound recording, found an empty file");
    }
    constexpr std::size_t kSample = 65536;
    const std::vector<std::byte> sample = bytes_at(0, kSample);
    refuse_other_files(FileSample{sample, file_.size(), file_.name()}, Wanted::wav_recording);
    fail(ErrorKind::format, file_.name(), ": expected a WAV recording, found ", file_.size(),
         " bytes that do not begin as one, and this build reads no other format");
  }

  [[nodiscard]] std::vector<std::byte> bytes_at(std::uint64_t position, std::size_t count) const {
    const std::uint64_t left = file_.size() - std::min(position, file_.size());
    std::vector<std::byte> bytes(std::min<std::uint64_t>(count, left));
    bytes.resize(file_.read(position, bytes));
    return bytes;
  }

  [[nodiscard]] std::optional<Chunk> chunk_at(std::uint64_t position) const {
    const std::vector<std::byte> head = bytes_at(position, kChunkHeader);
    if (head.size() < kChunkHeader) return std::nullopt;
    return Chunk{std::string(text_of(head).substr(0, 4)), position + kChunkHeader,
                 number_in(head, 4, 4, big_endian_)};
  }

  void take(const Chunk& chunk) {
    if (chunk.id == "ds64" && long_sizes_) take_long_size(chunk);
    if (chunk.id == "fmt " && !format_) take_format(chunk);
    if (chunk.id == "data") take_data(chunk);
  }

  void take_long_size(const Chunk& chunk) {
    constexpr std::size_t kUpToDataSize = 16;
    const std::vector<std::byte> bytes = bytes_at(chunk.begin, kUpToDataSize);
    if (bytes.size() < kUpToDataSize || chunk.size < kUpToDataSize) {
      fail(ErrorKind::format, file_.name(), ": expected a ds64 chunk of ", kUpToDataSize,
           " bytes or more, found ", std::min<std::uint64_t>(chunk.size, bytes.size()));
    }
    data_size_ = number_in(bytes, 8, 8, big_endian_);
  }

  /// Of the data chunk, whose own size does not count where ds64 has one.
  [[nodiscard]] std::uint64_t long_size(const Chunk& chunk) const {
    return data_size_ == 0 ? chunk.size : data_size_;
  }

  void take_format(const Chunk& chunk) {
    const std::size_t count = std::min<std::uint64_t>(chunk.size, kFormatBytes);
    format_ = read_wav_format(bytes_at(chunk.begin, count), big_endian_, file_.name());
  }

  /// Of several, the last is heard, as FFmpeg does. Behind one of unknown size there is nothing
  /// else.
  void take_data(const Chunk& chunk) {
    ended_ = chunk.size == 0 || chunk.size == kUnknownSize;
    const std::uint64_t left = file_.size() - chunk.begin;
    data_ = {{}, chunk.begin, ended_ ? left : std::min(chunk.size, left)};
  }

  [[nodiscard]] PcmData result() const {
    if (!format_) fail(ErrorKind::format, file_.name(), ": expected a fmt chunk, found none");
    if (!data_) fail(ErrorKind::format, file_.name(), ": expected a data chunk, found none");
    PcmData data = *data_;
    data.format = *format_;
    data.size -= data.size % data.format.frame_bytes();
    return data;
  }

  const InputFile& file_;
  std::uint64_t start_;
  bool big_endian_ = false;
  bool long_sizes_ = false;
  bool ended_ = false;
  std::uint64_t data_size_ = 0;  // as ds64 has it
  std::optional<PcmFormat> format_;
  std::optional<PcmData> data_;
};

}  // namespace

PcmData find_wav_data(const InputFile& file) { return WavReader(file).read(); }

PcmData all_of(const InputFile& file, const PcmFormat& format) {
  if (file.size() == 0) {
    fail(ErrorKind::format, file.name(), ": expected a sound recording, found an empty file");
  }
  return {format, 0, file.size() - file.size() % format.frame_bytes()};
}

}  // namespace sotto
