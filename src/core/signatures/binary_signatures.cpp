#include "core/signatures/binary_signatures.h"

#include <algorithm>
#include <array>
#include <optional>

namespace sotto {
namespace {

constexpr std::size_t kHeader = 65536;  // of a safetensors file, that is searched

std::string_view text_of(const FileSample& sample, std::size_t position, std::size_t count) {
  const auto bytes = sample.bytes.subspan(std::min(position, sample.bytes.size()));
  return {reinterpret_cast<const char*>(bytes.data()), std::min(count, bytes.size())};
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char letter) { return letter >= 0x20 && letter < 0x7f; });
}

/// A little-endian number, where it lies in the sample.
std::optional<std::uint64_t> number_at(const FileSample& sample, std::uint64_t position,
                                       std::uint64_t width) {
  if (position > sample.bytes.size() || width > sample.bytes.size() - position) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  for (std::uint64_t i = width; i-- > 0;) {
    value = value << 8U | std::to_integer<std::uint64_t>(sample.bytes[position + i]);
  }
  return value;
}

/// A cursor over the fields of a protocol buffer.
class ProtoReader {
 public:
  explicit ProtoReader(const FileSample& sample) : sample_(sample) {}

  /// None where the sample ends, or the number is of more than 64 bits.
  std::optional<std::uint64_t> number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && position_ < sample_.bytes.size(); shift += 7) {
      const auto byte = std::to_integer<std::uint64_t>(sample_.bytes[position_++]);
      value |= (byte & 0x7fU) << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }

  [[nodiscard]] bool has(std::uint64_t count) const { return count <= sample_.size - position_; }

  /// False where what is skipped reaches beyond the sample.
  bool skip(std::uint64_t count) {
    if (count > sample_.bytes.size() - position_) return false;
    position_ += static_cast<std::size_t>(count);
    return true;
  }

  [[nodiscard]] std::string_view text(std::uint64_t count) const {
    return text_of(sample_, position_, static_cast<std::size_t>(count));
  }

 private:
  const FileSample& sample_;
  std::size_t position_ = 0;
};

enum class OnnxField { number, text, message, contents, none };

/// What a field of ONNX's ModelProto holds, by its tag: number and type on the wire.
OnnxField onnx_field(std::uint64_t tag) {
  constexpr std::uint64_t kVarint = 0, kBytes = 2;
  const std::uint64_t number = tag >> 3U;
  const std::uint64_t type = tag & 7U;
  if (number == 5) return type == kVarint ? OnnxField::number : OnnxField::none;
  if (type != kBytes) return OnnxField::none;
  if (number >= 2 && number <= 4) return OnnxField::text;  // the producer, its version, a domain
  if (number == 7 || number == 8) return OnnxField::contents;  // the graph, the sets of operators
  const bool is_message = number == 6 || number == 14 || number == 20 || number == 25;
  return is_message ? OnnxField::message : OnnxField::none;
}

/// A field of a flatbuffer's root table.
class RootTable {
 public:
  explicit RootTable(const FileSample& sample) : sample_(sample) {
    const auto root = number_at(sample, 0, 4);
    const auto distance = root ? number_at(sample, *root, 4) : std::nullopt;
    if (!distance) return;
    const auto to_fields = static_cast<std::int32_t>(static_cast<std::uint32_t>(*distance));
    const std::int64_t fields = static_cast<std::int64_t>(*root) - to_fields;
    if (fields < 0) return;
    root_ = *root;
    fields_ = static_cast<std::uint64_t>(fields);
    const std::uint64_t size = number_at(sample, fields_, 2).value_or(0);
    constexpr std::uint64_t kMost = 64;  // bytes of the list of fields, which is of 16-bit numbers
    if (size >= 4 && size <= kMost && size % 2 == 0) count_ = size / 2 - 2;
  }

  /// Where the field's value stands; none where it has none.
  [[nodiscard]] std::optional<std::uint64_t> field(std::uint64_t index) const {
    if (index >= count_) return std::nullopt;
    const std::uint64_t offset = number_at(sample_, fields_ + 4 + 2 * index, 2).value_or(0);
    if (offset == 0) return std::nullopt;
    return root_ + offset;
  }

  /// How many elements the vector has that the field refers to; none where it is none.
  [[nodiscard]] std::optional<std::uint64_t> length(std::uint64_t index) const {
    const auto place = field(index);
    const auto distance = place ? number_at(sample_, *place, 4) : std::nullopt;
    if (!distance) return std::nullopt;
    const auto length = number_at(sample_, *place + *distance, 4);
    return length && *length <= sample_.size / 4 ? length : std::nullopt;
  }

 private:
  const FileSample& sample_;
  std::uint64_t root_ = 0, fields_ = 0, count_ = 0;
};

}  // namespace

bool is_onnx(const FileSample& sample) {
  constexpr std::uint64_t kVersionTag = 1U << 3U;
  constexpr std::uint64_t kLatestVersion = 63;  // 13 as this is written
  constexpr std::size_t kLongestText = 1024;
  ProtoReader reader(sample);
  const auto first = reader.number();
  const auto version = reader.number();
  if (first != kVersionTag || !version || *version < 1 || *version > kLatestVersion) return false;
  bool names_producer = false;
  while (const auto tag = reader.number()) {
    const OnnxField field = onnx_field(*tag);
    const auto value = reader.number();  // itself, or the length of what follows
    if (field == OnnxField::none || !value) return false;
    if (field == OnnxField::number) continue;
    if (field == OnnxField::contents) return names_producer || reader.has(*value);
    if (field == OnnxField::text) {
      if (*value > kLongestText || !is_printable(reader.text(*value))) return false;
      names_producer |= *value > 0;
    }
    if (!reader.skip(*value)) return false;
  }
  return false;
}

bool is_flax(const FileSample& sample) {
  const auto byte = [&](std::uint64_t position) { return number_at(sample, position, 1); };
  const std::uint64_t map = byte(0).value_or(0);
  std::uint64_t key = 0;
  if (map > 0x80 && map <= 0x8f) key = 1;
  if (map == 0xde) key = 3;
  if (map == 0xdf) key = 5;
  const std::uint64_t mark = key == 0 ? 0 : byte(key).value_or(0);
  std::uint64_t length = 0, text = key + 1;
  if (mark > 0xa0 && mark <= 0xbf) length = mark - 0xa0;
  if (mark == 0xd9) length = byte(text++).value_or(0);
  const std::string_view name = text_of(sample, text, length);
  if (length == 0 || name.size() != length || !is_printable(name)) return false;
  const std::uint64_t value = byte(text + length).value_or(0);
  const bool is_map = (value >= 0x80 && value <= 0x8f) || value == 0xde || value == 0xdf;
  const bool is_array = (value >= 0xc7 && value <= 0xc9) || (value >= 0xd4 && value <= 0xd8);
  return is_map || is_array;
}

bool is_unnamed_tflite(const FileSample& sample) {
  constexpr std::uint64_t kFormatVersion = 3;
  constexpr std::uint64_t kVersion = 0, kCodes = 1, kGraphs = 2, kBuffers = 4;
  const RootTable model(sample);
  const auto version = model.field(kVersion);
  return version && number_at(sample, *version, 4) == kFormatVersion &&
         model.length(kCodes).has_value() && model.length(kGraphs).value_or(0) > 0 &&
         model.length(kBuffers).has_value();
}

bool is_executorch(const FileSample& sample) {
  const std::string_view name = text_of(sample, 4, 4);
  const auto is_digit = [](char letter) { return letter >= '0' && letter <= '9'; };
  return name.size() == 4 && name.starts_with("ET") && is_digit(name[2]) && is_digit(name[3]);
}

bool is_safetensors(const FileSample& sample) {
  constexpr std::uint64_t kLongest = std::uint64_t{1} << 32U;
  const auto length = number_at(sample, 0, 8);
  return length && *length >= 2 && *length < kLongest && *length <= sample.size &&
         number_at(sample, 8, 1) == '{';
}

bool is_mlx_safetensors(const FileSample& sample) {
  if (!is_safetensors(sample)) return false;
  const std::uint64_t length = number_at(sample, 0, 8).value_or(0);
  const std::string_view header =
      text_of(sample, 8, static_cast<std::size_t>(std::min<std::uint64_t>(length, kHeader)));
  constexpr std::array<std::string_view, 3> kMarks{R"("format":"mlx")", R"("format": "mlx")",
                                                   ".mlp1.weight\""};
  return std::any_of(kMarks.begin(), kMarks.end(), [&](std::string_view mark) {
    return header.find(mark) != std::string_view::npos;
  });
}

bool is_ctranslate2(const FileSample& sample) {
  constexpr std::uint64_t kVersions = 32, kName = 6, kLongestName = 64;
  const std::uint64_t version = number_at(sample, 0, 4).value_or(kVersions);
  const std::uint64_t length = number_at(sample, 4, 2).value_or(0);
  if (version >= kVersions || length < 2 || length > kLongestName) return false;
  const std::string_view name = text_of(sample, kName, length);
  return name.size() == length && name.back() == '\0' &&
         is_printable(name.substr(0, name.size() - 1));
}

bool is_pickle(const FileSample& sample) {
  const std::uint64_t protocol = number_at(sample, 1, 1).value_or(0);
  if (number_at(sample, 0, 1) == 0x80 && protocol >= 2 && protocol <= 5) return true;
  constexpr std::array<std::string_view, 4> kMembers{"sys_info", "pickle", "storages", "tensors"};
  return text_of(sample, 257, 5) == "ustar" &&
         std::any_of(kMembers.begin(), kMembers.end(), [&](std::string_view member) {
           return text_of(sample, 0, member.size() + 1) == std::string(member) + '\0';
         });
}

}  // namespace sotto
