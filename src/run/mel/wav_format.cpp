#include "run/mel/wav_format.h"

#include <algorithm>
#include <array>
#include <ios>

#include "core/base/error.h"
#include "run/mel/byte_order.h"

namespace sotto {
namespace {

// Where the fields of the chunk lie.
constexpr std::size_t kTag = 0;
constexpr std::size_t kChannels = 2;
constexpr std::size_t kRate = 4;
constexpr std::size_t kBlockAlign = 12;
constexpr std::size_t kPlainEnd = 14;  // of WAVEFORMAT
constexpr std::size_t kBits = 14;
constexpr std::size_t kBitsEnd = 16;
constexpr std::size_t kValidBits = 18;  // these are WAVEFORMATEXTENSIBLE's
constexpr std::size_t kSpeakers = 20;
constexpr std::size_t kSubformat = 24;
constexpr std::size_t kExtensibleEnd = 40;

constexpr std::uint64_t kPcm = 1;
constexpr std::uint64_t kFloat = 3;
constexpr std::uint64_t kALaw = 6;
constexpr std::uint64_t kMuLaw = 7;
constexpr std::uint64_t kExtensible = 0xFFFE;

/// Behind the tag in a subformat: the GUID of all that have one.
constexpr std::array<std::uint8_t, 12> kTagGuidEnd{0x00, 0x00, 0x10, 0x00, 0x80, 0x00,
                                                   0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71};

/// The fields of the chunk that count.
struct Fields {
  std::uint64_t tag = 0;
  std::uint64_t channels = 0;
  std::uint64_t rate = 0;
  std::uint64_t block = 0;  // bytes of a frame, if that is true
  std::uint64_t bits = 8;   // of a sample
  std::uint64_t speakers = 0;
  bool is_extensible = false;
};

bool has_tag_guid(std::span<const std::byte> chunk) {
  const auto end = chunk.subspan(kSubformat + 4, kTagGuidEnd.size());
  return std::equal(end.begin(), end.end(), kTagGuidEnd.begin(), [](std::byte a, std::uint8_t b) {
    return std::to_integer<std::uint8_t>(a) == b;
  });
}

Fields fields_of(std::span<const std::byte> chunk, bool big_endian) {
  const auto number = [&](std::size_t position, std::size_t count) {
    return number_in(chunk, position, count, big_endian);
  };
  Fields fields;
  fields.tag = number(kTag, 2);
  fields.channels = number(kChannels, 2);
  fields.rate = number(kRate, 4);
  fields.block = number(kBlockAlign, 2);
  if (chunk.size() >= kBitsEnd) fields.bits = number(kBits, 2);
  if (fields.tag != kExtensible || chunk.size() < kExtensibleEnd || !has_tag_guid(chunk)) {
    return fields;
  }
  fields.is_extensible = true;
  fields.tag = number(kSubformat, 4);
  fields.bits = std::max(fields.bits, number(kValidBits, 2));
  fields.speakers = number(kSpeakers, 4);
  return fields;
}

/// The bytes of a sample, whose bits lie at their upper end.
std::size_t bytes_of(const Fields& fields) { return (fields.bits + 7) / 8; }

/// False where the tag and the number of bits are none that is read here.
bool set_sample(const Fields& fields, PcmFormat& format) {
  const std::size_t bytes = fields.tag == kPcm ? bytes_of(fields) : fields.bits / 8;
  format.sample_bytes = bytes;
  switch (fields.tag) {
    case kPcm:
      format.code = bytes == 1 ? SampleCode::unsigned_integer : SampleCode::signed_integer;
      return fields.bits > 0 && (bytes <= 4 || bytes == 8);
    case kFloat:
      format.code = SampleCode::floating;
      return fields.bits == 32 || fields.bits == 64;
    case kALaw:
    case kMuLaw:
      format.code = fields.tag == kALaw ? SampleCode::a_law : SampleCode::mu_law;
      format.sample_bytes = 1;
      return true;
    default:
      return false;
  }
}

/// 24 bits in 4 bytes are, without an extensible header, the upper three to some writers, the lower
/// three to others, and a float of that range to one: no guess is better than another.
void check_words(const Fields& fields, std::string_view name) {
  constexpr std::size_t kWord = 4;
  if (fields.tag != kPcm || fields.is_extensible || bytes_of(fields) != kWord - 1) return;
  if (fields.block != kWord * fields.channels) return;
  fail(ErrorKind::unsupported, name, ": expected samples of ", fields.bits,
       " bits in 3 bytes or an extensible header, found them in ", kWord,
       ", where it does not say in which three they are");
}

}  // namespace

PcmFormat read_wav_format(std::span<const std::byte> chunk, bool big_endian,
                          std::string_view name) {
  if (chunk.size() < kPlainEnd) {
    fail(ErrorKind::format, name, ": expected a fmt chunk of ", kPlainEnd, " bytes or more, found ",
         chunk.size());
  }
  const Fields fields = fields_of(chunk, big_endian);
  if (fields.channels == 0 || fields.rate == 0) {
    fail(ErrorKind::format, name, ": expected sound of some channels and some rate, found ",
         fields.channels, " channels at ", fields.rate, " Hz");
  }
  check_words(fields, name);
  PcmFormat format;
  format.big_endian = big_endian;
  format.rate = static_cast<std::int64_t>(fields.rate);
  format.channels = fields.channels;
  format.speakers = static_cast<std::uint32_t>(fields.speakers);
  if (!set_sample(fields, format)) {
    fail(ErrorKind::unsupported, name,
         ": expected PCM, IEEE floats, A-law or µ-law in a WAV file, found ", fields.bits,
         "-bit samples of format ", concat("0x", std::hex, fields.tag));
  }
  return format;
}

}  // namespace sotto
