#include "mel/wav_builder.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>

namespace sotto::test {
namespace {

constexpr std::uint32_t kUnknown = 0xFFFFFFFF;

std::string number(std::uint64_t value, std::size_t count, bool big_endian) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
  if (big_endian) std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

bool is_big_endian(const WavSpec& spec) { return spec.form == "RIFX"; }

std::uint64_t code_of(const WavSpec& spec, double value, std::mt19937& random) {
  if (spec.tag == 6 || spec.tag == 7) return random() & 0xFFU;
  if (spec.tag == 3) {
    return spec.bytes == 8 ? std::bit_cast<std::uint64_t>(value)
                           : std::bit_cast<std::uint32_t>(static_cast<float>(value));
  }
  const double held = std::clamp(value, -1.0, 1.0 - 1e-9);
  const auto bits = static_cast<std::uint64_t>(std::llround(std::ldexp(held, 62))) << 1;
  const int valid = spec.valid_bits > 0 ? spec.valid_bits : spec.bits;
  const std::uint64_t kept = bits >> (64 - valid) << (8 * spec.bytes - valid);
  return spec.bytes == 1 ? kept ^ 0x80U : kept;
}

std::string format_chunk(const WavSpec& spec) {
  const bool big = is_big_endian(spec);
  const auto block = spec.block.value_or(static_cast<std::uint16_t>(spec.channels * spec.bytes));
  const bool extensible = spec.format_bytes >= 40;
  std::string body = number(extensible ? 0xFFFE : spec.tag, 2, big) +
                     number(static_cast<std::uint64_t>(spec.channels), 2, big) +
                     number(static_cast<std::uint64_t>(spec.rate), 4, big) +
                     number(static_cast<std::uint64_t>(spec.rate) * block, 4, big) +
                     number(block, 2, big) + number(static_cast<std::uint64_t>(spec.bits), 2, big);
  if (extensible) {
    body += number(22, 2, big) + number(static_cast<std::uint64_t>(spec.valid_bits), 2, big) +
            number(spec.speakers, 4, big) + number(spec.tag, 4, big) +
            std::string("\x00\x00\x10\x00\x80\x00\x00\xAA\x00\x38\x9B\x71", 12);
  }
  body.resize(spec.format_bytes);
  return chunk("fmt ", body, big);
}

std::string long_sizes(const WavSpec& spec, std::size_t sound) {
  if (spec.form != "RF64" && spec.form != "BW64") return "";
  return chunk("ds64",
               number(sound + 100, 8, false) + number(spec.long_size.value_or(sound), 8, false) +
                   number(static_cast<std::uint64_t>(spec.frames), 8, false) + number(0, 4, false));
}

}  // namespace

std::string chunk(const std::string& id, const std::string& body, bool big_endian) {
  return id + number(body.size(), 4, big_endian) + body + std::string(body.size() % 2, '\0');
}

std::string wav_sound(const WavSpec& spec) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> uniform(-spec.level, spec.level);
  std::string sound;
  for (int i = 0; i < spec.frames * spec.channels; ++i) {
    const double value = i % 997 == 500 ? (i % 2 == 0 ? 1.0 : -1.0) : uniform(random);
    sound += number(code_of(spec, value, random), static_cast<std::size_t>(spec.bytes),
                    is_big_endian(spec));
  }
  return sound;
}

std::string wav_of(const WavSpec& spec) {
  const bool big = is_big_endian(spec);
  const std::string sound = wav_sound(spec);
  const std::string sizes = long_sizes(spec, sound.size());
  const auto size =
      spec.data_size.value_or(sizes.empty() ? static_cast<std::uint32_t>(sound.size()) : kUnknown);
  std::string body = "WAVE" + sizes + spec.in_front + format_chunk(spec) + spec.before + "data" +
                     number(size, 4, big) + sound;
  if (!spec.after.empty()) body += std::string(sound.size() % 2, '\0') + spec.after;
  const std::uint64_t whole = sizes.empty() ? body.size() : kUnknown;
  return spec.form + number(whole, 4, big) + body;
}

}  // namespace sotto::test
