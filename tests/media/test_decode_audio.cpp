#include <algorithm>
#include <functional>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "media/decode_audio.h"
#include "mel/expect_refusal.h"
#include "mel/wav_file.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

constexpr double kLimit = 30;

class DecodeAudio : public ::testing::Test {
 protected:
  std::filesystem::path file(const std::string& name, const std::string& bytes) const {
    write_file(folder_ / name, bytes);
    return folder_ / name;
  }

  template <class T>
  std::vector<float> decoded(const std::vector<T>& samples, int rate, int channels) const {
    return decode_audio(file("a.wav", wav_bytes(samples, rate, channels)), kLimit);
  }

  /// Decoding `path` fails with one sentence that names it and contains `part`.
  static void expect_error(const std::filesystem::path& path, ErrorKind kind,
                           const std::string& part) {
    expect_refusal(path.string(), kind, part,
                   [&] { static_cast<void>(decode_audio(path, kLimit)); });
  }

  TempFolder folder_;
};

TEST_F(DecodeAudio, KeepsSixteenBitMonoAt16kHzAsItIs) {
  const std::vector<std::int16_t> samples{0, 1, -1, 255, -256, 32767, -32768, 12345};
  const std::vector<float> values = decoded(samples, 16000, 1);
  ASSERT_EQ(values.size(), samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    EXPECT_EQ(values[i], static_cast<float>(samples[i]) / 32768.0F);
  }
}

TEST_F(DecodeAudio, RoundsFloatSamplesTo16BitsAndClips) {
  const std::vector<float> samples{0.0F, 0.5F, -0.25F, 1.0F / 65536, 3.1F / 32768, 2.0F, -2.0F};
  const std::vector<float> expected{0.0F, 0.5F, -0.25F, 0.0F, 3.0F / 32768, 32767.0F / 32768,
                                    -1.0F};
  EXPECT_EQ(decoded(samples, 16000, 1), expected);
}

TEST_F(DecodeAudio, TakesTheSamplesOfRifxAsBigEndian) {
  const auto expect_same = [&](const auto& samples, int channels) {
    EXPECT_EQ(decode_audio(file("b.wav", rifx_bytes(samples, 16000, channels)), kLimit),
              decoded(samples, 16000, channels));
  };
  expect_same(sine(440, 8000, 16000, 1600), 1);
  expect_same(sine(440, 8000, 16000, 1600), 2);
  expect_same(std::vector<std::int32_t>{0, 1 << 20, -(1 << 30), 12345678}, 1);
  expect_same(std::vector<float>{0.0F, 0.5F, -0.25F, 1.0F}, 1);
  expect_same(std::vector<double>{0.0, 0.5, -0.25, 1.0}, 1);
}

TEST_F(DecodeAudio, AveragesTwoChannels) {
  std::vector<std::int16_t> equal;
  std::vector<std::int16_t> opposite;
  for (const std::int16_t sample : sine(440, 8000, 16000, 1600)) {
    equal.insert(equal.end(), {sample, sample});
    opposite.insert(opposite.end(), {sample, static_cast<std::int16_t>(-sample)});
  }
  const std::vector<float> same = decoded(equal, 16000, 2);
  ASSERT_EQ(same.size(), 1600U);
  for (std::size_t i = 0; i < same.size(); ++i) {
    EXPECT_NEAR(same[i] * 32768, equal[2 * i], 1) << i;
  }
  for (const float value : decoded(opposite, 16000, 2)) EXPECT_NEAR(value * 32768, 0, 1);
}

TEST_F(DecodeAudio, ResamplesATone) {
  for (const int rate : {8000, 11025, 22050, 44100, 48000, 96000}) {
    const std::vector<float> values = decoded(sine(1000, 16000, rate, rate), rate, 1);
    EXPECT_NEAR(static_cast<double>(values.size()), 16000, 2) << rate;
    const std::vector<std::int16_t> expected = sine(1000, 16000, 16000, 16000);
    double worst = 0;  // away from the ends, where the filter sees silence
    for (std::size_t i = 200; i + 200 < values.size(); ++i) {
      worst = std::max(worst, std::abs(values[i] * 32768.0 - expected[i]));
    }
    EXPECT_LT(worst, 40) << rate << " Hz";  // of 16000: −52 dB
  }
}

TEST_F(DecodeAudio, ReadsWhatATruncatedRecordingStillHolds) {
  const std::string whole = wav_bytes(sine(300, 9000, 16000, 16000), 16000, 1);
  EXPECT_EQ(decode_audio(file("cut.wav", whole.substr(0, 44 + 2 * 5000)), kLimit).size(), 5000U);
}

TEST_F(DecodeAudio, TakesExactlyTheLimitAndNoMore) {
  const std::vector<std::int16_t> window(std::size_t{30} * 16000);
  EXPECT_EQ(decoded(window, 16000, 1).size(), window.size());
  const std::vector<std::int16_t> longer(std::size_t{30} * 16000 + 1);
  expect_error(file("long.wav", wav_bytes(longer, 16000, 1)), ErrorKind::usage,
               "expected at most 30 seconds of sound");
  const std::vector<std::int16_t> minute(std::size_t{60} * 8000);
  expect_error(file("minute.wav", wav_bytes(minute, 8000, 1)), ErrorKind::usage, "60 seconds");
}

TEST_F(DecodeAudio, RefusesWhatIsNoRecording) {
  expect_error(folder_ / "absent.wav", ErrorKind::not_found, "");
  expect_error(file("empty.wav", ""), ErrorKind::format, "found an empty file");
  expect_error(file("noise.bin", std::string(5000, '\x5a')), ErrorKind::format,
               "5000 bytes that FFmpeg cannot read");
  expect_error(file("cut.wav", wav_bytes(sine(300, 9000, 16000, 100), 16000, 1).substr(0, 20)),
               ErrorKind::format, "20 bytes that FFmpeg cannot read");
}

TEST_F(DecodeAudio, RefusesARecordingWithoutSamples) {
  expect_error(file("none.wav", wav_bytes(std::vector<std::int16_t>{}, 16000, 1)),
               ErrorKind::format, "without samples");
}

TEST_F(DecodeAudio, RefusesAVideoWithoutSound) {
  const std::string frame = "FRAME\n" + std::string(6, '\x40');
  expect_error(file("silent.y4m", "YUV4MPEG2 W2 H2 F25:1 Ip A1:1 C420jpeg\n" + frame + frame),
               ErrorKind::unsupported, "expected an audio stream, found only one of video");
}

TEST_F(DecodeAudio, RefusesAnAbsurdSampleRate) {
  expect_error(file("slow.wav", wav_bytes(std::vector<std::int16_t>(64), 1, 1)),
               ErrorKind::unsupported, "1 Hz");
  expect_error(file("fast.wav", wav_bytes(std::vector<std::int16_t>(64), 1'000'000'000, 1)),
               ErrorKind::unsupported, "1000000000 Hz");
}

TEST_F(DecodeAudio, OpensNoOtherFileThanTheOneGiven) {
  const auto sound = file("sound.wav", wav_bytes(sine(300, 9000, 16000, 1600), 16000, 1));
  expect_error(file("list.ffconcat", "ffconcat version 1.0\nfile 'sound.wav'\n"), ErrorKind::format,
               "");
  expect_error(file("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + sound.string() +
                                     "\n#EXT-X-ENDLIST\n"),
               ErrorKind::format, "");
}

}  // namespace
}  // namespace sotto::test
