#include <gtest/gtest.h>
#include <utility>

#include "core/base/error.h"
#include "mel/expect_refusal.h"
#include "mel/wav_builder.h"
#include "run/mel/pcm_stream.h"
#include "support/files.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

class WavFiles : public ::testing::Test {
 protected:
  std::filesystem::path file(const std::string& bytes) const {
    write_file(folder_ / "a.wav", bytes);
    return folder_ / "a.wav";
  }

  /// Reads all of a file and gives the number of samples.
  static std::size_t read(const std::filesystem::path& path) {
    const auto input = InputFile::open(path);
    PcmStream stream(input, find_wav_data(*input));
    std::vector<std::int16_t> block;
    std::size_t count = 0;
    while (stream.next(block)) count += block.size();
    return count;
  }

  void expect_error(const std::string& bytes, ErrorKind kind, const std::string& part) const {
    const auto path = file(bytes);
    expect_refusal(path.string(), kind, part, [&] { static_cast<void>(read(path)); });
  }

  TempFolder folder_;
};

template <class Change>
std::string changed(Change change) {
  WavSpec spec;
  change(spec);
  return wav_of(spec);
}

TEST_F(WavFiles, ThatAreNoneAreRefused) {
  expect_error("", ErrorKind::format, "found an empty file");
  expect_error("some words", ErrorKind::format, "expected a WAV recording, found 10 bytes");
  expect_error(std::string(500, '\0'), ErrorKind::format, "this build reads no other format");
  expect_error("RIFF", ErrorKind::format, "4 bytes");
  expect_error(std::string("RIFF\x04\0\0\0AVI ", 12), ErrorKind::format,
               "found a file of the form AVI  in RIFF");
  expect_error(std::string("RIFF\x04\0\0\0W\n\x01\xFF", 12), ErrorKind::format, "of the form ");
  expect_error(std::string("ID3\x03\0\0\x7F\x7F\x7F\x7F", 10) + wav_of({}), ErrorKind::format,
               "expected a WAV recording");
  expect_error("ID3\x03", ErrorKind::format, "expected a WAV recording");
  expect_error(std::string("GGUF\x03\0\0\0", 8) + std::string(100, '\0'), ErrorKind::format,
               "found a GGUF file of llama.cpp; name a WAV file");
  expect_refusal(folder_.path().string(), ErrorKind::io, "found a folder",
                 [&] { static_cast<void>(read(folder_.path())); });
}

TEST_F(WavFiles, WithoutTheirChunksAreRefused) {
  const std::string whole = wav_of({});
  expect_error(whole.substr(0, 12), ErrorKind::format, "expected a fmt chunk, found none");
  expect_error(whole.substr(0, 15), ErrorKind::format, "expected a fmt chunk, found none");
  expect_error(whole.substr(0, 30), ErrorKind::format, "expected a fmt chunk of 14 bytes or more");
  expect_error(whole.substr(0, 36), ErrorKind::format, "expected a data chunk, found none");
  expect_error(whole.substr(0, 12) + whole.substr(36), ErrorKind::format, "expected a fmt chunk");
  expect_error(whole.substr(0, 44), ErrorKind::format, "without samples");
  expect_error(whole.substr(0, 45), ErrorKind::format, "without samples");
  expect_error(changed([](WavSpec& spec) { spec.frames = 0; }), ErrorKind::format,
               "without samples");
  expect_error(changed([](WavSpec& spec) { spec.format_bytes = 12; }), ErrorKind::format,
               "expected a fmt chunk of 14 bytes or more, found 12");
}

TEST_F(WavFiles, OfSoundThatCannotBeAreRefused) {
  expect_error(changed([](WavSpec& spec) { spec.rate = 0; }), ErrorKind::format, "at 0 Hz");
  expect_error(changed([](WavSpec& spec) { spec.channels = 0; }), ErrorKind::format, "0 channels");
  for (const int rate : {1, 999, 3'000'001, 2'000'000'011}) {
    expect_error(changed([&](WavSpec& spec) { spec.rate = rate; }), ErrorKind::unsupported,
                 "expected sound that can be brought to 16 kHz mono, found " +
                     std::to_string(rate) + " Hz, 1 channel of 16-bit integers");
  }
  for (const int channels : {9, 24, 1000}) {
    expect_error(changed([&](WavSpec& spec) { spec.channels = channels, spec.frames = 9; }),
                 ErrorKind::unsupported, "which no layout of speakers says how to mix");
  }
}

TEST_F(WavFiles, OfOtherSoundAreRefused) {
  for (const int tag : {0, 2, 0x11, 0x31, 0x55, 0xFFFE, 0xFFFF}) {
    expect_error(changed([&](WavSpec& spec) { spec.tag = static_cast<std::uint16_t>(tag); }),
                 ErrorKind::unsupported, "expected PCM, IEEE floats, A-law or µ-law in a WAV file");
  }
  for (const int bits : {0, 33, 40, 48, 65, 65535}) {
    std::string bytes = wav_of({});
    bytes[34] = static_cast<char>(bits & 0xFF);
    bytes[35] = static_cast<char>(bits >> 8);
    expect_error(bytes, ErrorKind::unsupported, std::to_string(bits) + "-bit samples");
    bytes[20] = 3;
    expect_error(bytes, ErrorKind::unsupported, std::to_string(bits) + "-bit samples");
  }
  std::string other = changed([](WavSpec& spec) { spec.format_bytes = 40; });
  other[50] = '!';  // in the GUID
  expect_error(other, ErrorKind::unsupported, "of format 0xfffe");
  for (const int bits : {20, 24}) {
    expect_error(changed([&](WavSpec& spec) { spec.bits = bits, spec.bytes = 4; }),
                 ErrorKind::unsupported, "in which three they are");
  }
}

TEST_F(WavFiles, OfLongSizesNeedThem) {
  std::string bytes = changed([](WavSpec& spec) { spec.form = "RF64"; });
  bytes[16] = 8;  // the size of ds64
  expect_error(bytes, ErrorKind::format, "expected a ds64 chunk of 16 bytes or more, found 8");
  EXPECT_EQ(read(file(changed([](WavSpec& spec) { spec.form = "RF64", spec.long_size = 0; }))),
            4000U);
}

TEST_F(WavFiles, OfManyChunksAreReadAndOfEndlesslyManyRefused) {
  std::string chunks;
  for (int i = 0; i < 5000; ++i) chunks += chunk("junk", "");
  EXPECT_EQ(read(file(changed([&](WavSpec& spec) { spec.before = chunks; }))), 4000U);
  std::string many;
  for (int i = 0; i < 20; ++i) many += chunks;
  expect_error(changed([&](WavSpec& spec) { spec.before = many; }), ErrorKind::format,
               "expected a data chunk");
}

TEST_F(WavFiles, CutAnywhereGiveWhatIsThereOrOneSentence) {
  WavSpec spec;
  spec.frames = 40;
  spec.format_bytes = 40;
  spec.before = chunk("LIST", "INFO");
  const std::string whole = wav_of(spec);
  for (std::size_t kept = 0; kept < whole.size(); ++kept) {
    const auto path = file(whole.substr(0, kept));
    try {
      const std::size_t count = read(path);
      EXPECT_EQ(count, (kept + 2 * 40 - whole.size()) / 2) << kept;
    } catch (const Error& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with(path.string() + ": ")) << error.what();
      EXPECT_LT(kept, whole.size() - 2 * 39);
    }
  }
}

TEST_F(WavFiles, CutShortWhileTheyAreReadAreAFault) {
  const auto path = file(changed([](WavSpec& spec) { spec.frames = 100'000; }));
  const auto input = InputFile::open(path);
  PcmStream stream(input, find_wav_data(*input));
  std::vector<std::int16_t> block;
  ASSERT_TRUE(stream.next(block));
  std::filesystem::resize_file(path, 50'000);
  expect_refusal(path.string(), ErrorKind::io, "", [&] {
    while (stream.next(block)) {
    }
  });
}

}  // namespace
}  // namespace sotto::test
