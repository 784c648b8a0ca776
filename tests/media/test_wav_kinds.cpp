// Every kind of WAV file through FFmpeg's libraries and through the reader of our own.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <gtest/gtest.h>
#include <iostream>
#include <numeric>

#include "core/base/error.h"
#include "mel/wav_builder.h"
#include "run/media/media_stream.h"
#include "run/mel/pcm_stream.h"
#include "support/files.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

struct Kind {
  std::string name;
  std::string bytes;
};

/// None of what is too short for the filter: then a stream ends in an error.
std::vector<std::int16_t> all_of(SampleStream& stream) {
  std::vector<std::int16_t> samples;
  std::vector<std::int16_t> block;
  try {
    while (stream.next(block)) samples.insert(samples.end(), block.begin(), block.end());
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("without samples"), std::string::npos);
  }
  return samples;
}

std::string name_of(const WavSpec& spec) {
  std::string name = spec.form + ", tag " + std::to_string(spec.tag) + ", " +
                     std::to_string(spec.bits) + " bits in " + std::to_string(spec.bytes) +
                     " bytes, " + std::to_string(spec.channels) + " channels at " +
                     std::to_string(spec.rate) + " Hz";
  if (spec.format_bytes >= 40) {
    name += ", extensible, " + std::to_string(spec.valid_bits) + " valid, speakers " +
            std::to_string(spec.speakers);
  }
  return name;
}

class WavKinds : public ::testing::Test {
 protected:
  std::shared_ptr<const InputFile> file(const std::string& bytes) const {
    write_file(folder_ / "a.wav", bytes);
    return InputFile::open(folder_ / "a.wav");
  }

  /// The largest difference of a sample, in parts of full scale.
  double compare(const std::string& bytes) const {
    const auto input = file(bytes);
    MediaStream media(input);
    const std::vector<std::int16_t> expected = all_of(media);
    PcmStream own(input, find_wav_data(*input));
    const std::vector<std::int16_t> found = all_of(own);
    EXPECT_EQ(found.size(), expected.size());
    EXPECT_EQ(own.cancels_out(), media.cancels_out());
    if (found.size() != expected.size()) return 1;
    int worst = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      worst = std::max(worst, std::abs(found[i] - expected[i]));
    }
    return worst / 32768.0;
  }

  void expect_equal(const std::string& name, const std::string& bytes, double bound = 1e-4) {
    SCOPED_TRACE(name);
    const double difference = compare(bytes);
    EXPECT_LE(difference, bound);
    largest_ = std::max(largest_, difference);
    ++kinds_;
  }

  /// Integers that are neither rounded in floats nor interpolated between taps are the same.
  void expect_equal(const WavSpec& spec) {
    const bool is_exact = spec.bytes <= 2 && 16000 / std::gcd(16000, spec.rate) <= 1024;
    expect_equal(name_of(spec), wav_of(spec), is_exact ? 0 : 1e-4);
  }

  void TearDown() override {
    std::cout << kinds_ << " kinds of file, the largest difference " << largest_ << "\n";
  }

  TempFolder folder_;
  double largest_ = 0;
  int kinds_ = 0;
};

/// Tag, bits and bytes of every way to write a sample.
const std::vector<std::array<int, 3>> kCodes{{1, 8, 1},  {1, 16, 2}, {1, 24, 3}, {1, 32, 4},
                                             {3, 32, 4}, {3, 64, 8}, {6, 8, 1},  {7, 8, 1}};

WavSpec spec_of(const std::array<int, 3>& code) {
  WavSpec spec;
  spec.tag = static_cast<std::uint16_t>(code[0]);
  spec.bits = code[1];
  spec.bytes = code[2];
  return spec;
}

TEST_F(WavKinds, OfEveryCodeAreEqual) {
  for (const auto& code : kCodes) {
    for (const int rate : {16000, 44100}) {
      for (const int channels : {1, 2}) {
        WavSpec spec = spec_of(code);
        spec.rate = rate;
        spec.channels = channels;
        expect_equal(spec);
      }
    }
  }
}

TEST_F(WavKinds, OfEveryRateAreEqual) {
  for (const int rate :
       {1000,  4000,  8000,  11025, 12000, 15999, 16001, 22050,  24000,  32000, 37800,
        44056, 47250, 48000, 50000, 64000, 88200, 96000, 176400, 192000, 384000}) {
    for (const auto& code : {kCodes[1], kCodes[2], kCodes[5]}) {
      WavSpec spec = spec_of(code);
      spec.rate = rate;
      spec.frames = std::max(4000, rate / 4);
      expect_equal(spec);
    }
  }
}

TEST_F(WavKinds, OfEveryLayoutAreEqual) {
  for (int channels = 1; channels <= 8; ++channels) {
    for (const auto& code : {kCodes[1], kCodes[4]}) {
      WavSpec spec = spec_of(code);
      spec.channels = channels;
      spec.rate = channels % 2 == 0 ? 16000 : 48000;
      expect_equal(spec);
    }
  }
  for (const std::uint32_t speakers :
       {0x1U,   0x4U,   0x3U,   0xCU,   0x104U, 0x7U,   0xBU,   0x103U, 0x803U,  0x33U,   0x603U,
        0x107U, 0xFU,   0xC3U,  0x37U,  0x607U, 0x10FU, 0xC7U,  0x3FU,  0x60FU,  0x707U,  0x137U,
        0x13FU, 0x70FU, 0x637U, 0x63FU, 0xFFU,  0x6CFU, 0x737U, 0x73FU, 0x5637U, 0x2D63FU}) {
    WavSpec spec;
    spec.channels = std::popcount(speakers);
    spec.format_bytes = 40;
    spec.valid_bits = 16;
    spec.speakers = speakers;
    spec.frames = 1000;
    expect_equal(spec);
  }
  WavSpec wrong;  // the number of channels counts
  wrong.channels = 2;
  wrong.format_bytes = 40;
  wrong.speakers = 0x3F;
  expect_equal(wrong);
}

TEST_F(WavKinds, OfOtherFormsAreEqual) {
  for (const std::string form : {"RIFX", "RF64", "BW64"}) {
    for (const auto& code : kCodes) {
      WavSpec spec = spec_of(code);
      spec.form = form;
      spec.channels = 2;
      expect_equal(spec);
    }
  }
}

TEST_F(WavKinds, ExtensibleAndWithFewerBitsAreEqual) {
  for (const auto& code : kCodes) {
    WavSpec spec = spec_of(code);
    spec.format_bytes = 40;
    spec.valid_bits = spec.bits;
    spec.speakers = 4;
    expect_equal(spec);
  }
  for (const auto& [bits, bytes] : {std::pair{4, 1}, {7, 1}, {12, 2}, {13, 2}, {20, 3}, {30, 4}}) {
    WavSpec spec;
    spec.bits = bits;
    spec.bytes = bytes;
    expect_equal(spec);
    spec.format_bytes = 40;
    spec.bits = 8 * bytes;
    spec.valid_bits = bits;
    expect_equal(spec);
  }
}

// FFmpeg (5.1) takes these for samples of 3 bytes, or of 2, or for floats, and hears noise.
TEST_F(WavKinds, InWordsThatAreWiderAreWhatTheyAreInNarrowOnes) {
  const auto sound_of = [&](const WavSpec& spec) {
    const auto input = file(wav_of(spec));
    PcmStream stream(input, find_wav_data(*input));
    return all_of(stream);
  };
  for (const int bits : {16, 20, 24}) {
    WavSpec narrow;
    narrow.bits = bits;
    narrow.bytes = (bits + 7) / 8;
    WavSpec wide = narrow;
    wide.bytes = 4;
    wide.format_bytes = 40;
    wide.bits = 32;
    wide.valid_bits = bits;
    EXPECT_EQ(sound_of(wide), sound_of(narrow)) << bits;
  }
}

TEST_F(WavKinds, WithOddHeadersAreEqual) {
  const std::string list = chunk("LIST", "INFOISFT" + std::string("\x05\0\0\0Sotto\0", 10));
  const std::string odd = chunk("junk", std::string(7, 'j'));
  WavSpec spec;
  for (const std::size_t bytes : {std::size_t{16}, std::size_t{18}, std::size_t{20}}) {
    spec.format_bytes = bytes;
    expect_equal("fmt of " + std::to_string(bytes), wav_of(spec));
  }
  spec = {};
  expect_equal("an ID3 tag in front",
               std::string("ID3\x03\0\0\0\0\0\x07", 10) + "1234567" + wav_of(spec));
  spec.before = list + odd + chunk("fact", std::string("\xA0\x0F\0\0", 4));
  spec.in_front = odd + list;
  spec.after = odd + list;
  expect_equal("chunks everywhere", wav_of(spec));
  spec = {};
  spec.bits = 8;
  spec.bytes = 1;
  spec.frames = 4001;
  spec.after = list;
  expect_equal("odd size, padded", wav_of(spec));
  spec.after = "";
  expect_equal("odd size, not padded", wav_of(spec));
  spec = {};
  spec.after = "abc";
  expect_equal("rubbish behind", wav_of(spec));
  spec.block = 0;
  expect_equal("no block size", wav_of(spec));
  spec.block = 4;
  expect_equal("twice the block size", wav_of(spec));
  spec = {};
  WavSpec second;
  second.frames = 100;
  second.level = 0.1;
  spec.after = chunk("data", wav_sound(second));
  expect_equal("two data chunks", wav_of(spec));
}

TEST_F(WavKinds, ThatDoNotKnowTheirSizeAreEqual) {
  for (const std::uint32_t size : {0U, 0xFFFFFFFFU, 0x7FFFFFFFU, 0xFFFFFFFEU, 12345U, 4000U}) {
    WavSpec spec;
    spec.data_size = size;
    expect_equal("data of " + std::to_string(size), wav_of(spec));
  }
  WavSpec spec;
  spec.form = "RF64";
  spec.long_size = std::uint64_t{1} << 40;
  expect_equal("RF64 cut short", wav_of(spec));
  spec.long_size = 5000;
  expect_equal("RF64 with more behind", wav_of(spec));
}

TEST_F(WavKinds, CutAnywhereAreEqual) {
  WavSpec spec;
  spec.channels = 2;
  spec.bits = 24;
  spec.bytes = 3;
  const std::string whole = wav_of(spec);
  for (const std::size_t kept :
       {whole.size() - 1, whole.size() - 5, std::size_t{9000}, std::size_t{51}, std::size_t{50}}) {
    expect_equal("cut to " + std::to_string(kept), whole.substr(0, kept));
  }
}

TEST_F(WavKinds, OfEveryLengthAreEqual) {
  for (const int rate : {8000, 15999, 16000, 44100, 48000}) {
    for (const int frames :
         {22, 31, 32, 33, 64, 66, 89, 90, 91, 120, 1023, 1024, 1025, 16384, 16385, 16390, 33333}) {
      WavSpec spec;
      spec.rate = rate;
      spec.frames = frames;
      expect_equal(std::to_string(frames) + " frames at " + std::to_string(rate), wav_of(spec));
    }
  }
}

}  // namespace
}  // namespace sotto::test
