#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "mel/expect_refusal.h"
#include "mel/wav_builder.h"
#include "mel/wav_file.h"
#include "run/mel/mel.h"
#include "run/mel/pcm_stream.h"
#include "run/mel/recording.h"
#include "run/mel/samples.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

class PcmStreams : public ::testing::Test {
 protected:
  std::shared_ptr<const InputFile> file(const std::string& bytes) const {
    write_file(folder_ / "a", bytes);
    return InputFile::open(folder_ / "a");
  }

  template <class T>
  std::vector<float> read_raw(const std::vector<T>& samples, const std::string& format) const {
    std::string bytes;
    for (const T sample : samples) bytes += little_endian(sample);
    const auto input = file(bytes);
    PcmStream stream(input, all_of(*input, parse_pcm_format(format)));
    return read_samples(stream, 30);
  }

  template <class T>
  bool cancels_out(const std::vector<T>& samples) const {
    const auto input = file(wav_bytes(samples, 16000, 2));
    PcmStream stream(input, find_wav_data(*input));
    static_cast<void>(read_samples(stream, 30));
    return stream.cancels_out();
  }

  TempFolder folder_;
};

TEST_F(PcmStreams, OfRawSamplesAreThose) {
  const std::vector<std::int16_t> samples{0, 1, -1, 255, -256, 32767, -32768, 12345};
  const std::vector<float> values = read_raw(samples, "s16le,16000,1");
  ASSERT_EQ(values.size(), samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    EXPECT_EQ(values[i], static_cast<float>(samples[i]) / 32768.0F);
  }
  const std::vector<float> pairs = read_raw(samples, "s16le,16000,2");
  ASSERT_EQ(pairs.size(), 4U);
  EXPECT_EQ(pairs[3] * 32768, (-32768 + 12345 + 1) >> 1);
}

TEST_F(PcmStreams, RoundFloatsAndHoldWhatIsTooLargeOrNoNumber) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> samples{0.0F,  0.5F,       3.1F / 32768, 2.0F,         -2.0F,
                                   1e30F, -kInfinity, kInfinity,    std::nanf("")};
  const std::vector<float> expected{
      0.0F, 0.5F, 3.0F / 32768, 32767.0F / 32768, -1.0F, 32767.0F / 32768, -1.0F, 32767.0F / 32768,
      0.0F};
  EXPECT_EQ(read_raw(samples, "f32le,16000,1"), expected);
  // and one of them spoils no more than the filter reaches
  std::vector<float> long_ones(10'000, 0.25F);
  long_ones[5000] = std::nanf("");
  const std::vector<float> values = read_raw(long_ones, "f32le,48000,1");
  EXPECT_NEAR(values.at(1000), 0.25, 1e-4);
  EXPECT_NEAR(values.at(2500), 0.25, 1e-4);
}

TEST_F(PcmStreams, WithoutAWholeFrameAreRefused) {
  const auto expect_error = [&](const std::string& bytes, const std::string& part) {
    const auto input = file(bytes);
    expect_refusal(input->name(), ErrorKind::format, part, [&] {
      PcmStream stream(input, all_of(*input, parse_pcm_format("s16le,16000,2")));
      static_cast<void>(read_samples(stream, 30));
    });
  };
  expect_error("", "found an empty file");
  expect_error("abc", "without samples");
}

TEST_F(PcmStreams, ComeInBlocksAndKnowTheirLength) {
  WavSpec spec;
  spec.frames = 100'000;
  const auto input = file(wav_of(spec));
  PcmStream stream(input, find_wav_data(*input));
  EXPECT_DOUBLE_EQ(stream.claimed_seconds(), 6.25);
  std::vector<std::int16_t> block;
  ASSERT_TRUE(stream.next(block));
  EXPECT_LT(block.size(), 50'000U);
  std::size_t count = block.size();
  while (stream.next(block)) count += block.size();
  EXPECT_EQ(count, 100'000U);
  EXPECT_FALSE(stream.next(block)) << "behind the end";
}

TEST_F(PcmStreams, TellChannelsThatCancelEachOtherOut) {
  EXPECT_TRUE(cancels_out(std::vector<std::int16_t>{5000, -5000, -300, 300}));
  EXPECT_FALSE(cancels_out(std::vector<std::int16_t>{5000, 5000, -300, -300}));
  EXPECT_FALSE(cancels_out(std::vector<std::int16_t>{3, -3, 2, -2}));
  EXPECT_TRUE(cancels_out(std::vector<float>{0.5F, -0.5F}));
  EXPECT_FALSE(cancels_out(std::vector<float>{1e-4F, -1e-4F}));
}

TEST_F(PcmStreams, MakeARecording) {
  WavSpec spec;
  spec.rate = 44100;
  spec.channels = 2;
  spec.frames = 44100;
  const auto input = file(wav_of(spec));
  const StreamOpener opener = [&] {
    return std::make_unique<PcmStream>(input, find_wav_data(*input));
  };
  std::vector<float> samples = read_samples(*opener(), 30);
  Recording recording(opener, 80);
  EXPECT_EQ(recording.samples(), static_cast<std::int64_t>(samples.size()));
  samples.resize(samples.size() + 480'000);
  const Tensor whole = log_mel_spectrogram(samples, 80);
  Tensor window(DType::float32, {1, 80, 100});
  for (const std::int64_t first : {0, 50, 20}) {
    recording.read(first, 50, window);
    for (std::int64_t bin = 0; bin < 80; ++bin) {
      for (std::int64_t i = 0; i < 50; ++i) {
        ASSERT_EQ(window.floats()[static_cast<std::size_t>(100 * bin + i)],
                  whole.floats()[static_cast<std::size_t>(whole.shape()[1] * bin + first + i)]);
      }
    }
  }
}

}  // namespace
}  // namespace sotto::test
