#include <algorithm>
#include <gtest/gtest.h>
#include <random>

#include "media/decode_audio.h"
#include "mel/expect_refusal.h"
#include "mel/wav_file.h"
#include "run/mel/mel.h"
#include "run/mel/recording.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

constexpr std::int64_t kBins = 80;
constexpr std::int64_t kWindow = 3000;
constexpr std::size_t kPadding = 480'000;

std::vector<std::int16_t> noise(std::size_t count, double peak = 9000) {
  std::mt19937 random(static_cast<std::uint32_t>(count));
  std::uniform_real_distribution<double> uniform(-peak, peak);
  std::vector<std::int16_t> samples(count);
  for (std::int16_t& sample : samples) sample = static_cast<std::int16_t>(uniform(random));
  return samples;
}

/// Read by FFmpeg's libraries.
Recording open(const std::filesystem::path& path, std::int64_t bins,
               const Recording::Progress& progress = {}) {
  return Recording([file = InputFile::open(path)] { return std::make_unique<MediaStream>(file); },
                   bins, progress);
}

class Recordings : public ::testing::Test {
 protected:
  std::filesystem::path file(const std::string& bytes) const {
    write_file(folder_ / "a.wav", bytes);
    return folder_ / "a.wav";
  }

  /// The mel of the whole file and the silence behind it, by the plain function.
  static Tensor whole_mel(const std::filesystem::path& path, std::int64_t bins = kBins) {
    std::vector<float> samples = decode_audio(path, 1e6);
    samples.resize(samples.size() + kPadding);
    return log_mel_spectrogram(samples, bins);
  }

  TempFolder folder_;
};

/// `window` holds frames [first, first + count) of `whole` and then zeros, bit for bit.
void expect_window(const Tensor& window, const Tensor& whole, std::int64_t first,
                   std::int64_t count) {
  const std::int64_t width = window.shape()[2];
  std::int64_t different = 0;
  for (std::int64_t bin = 0; bin < window.shape()[1]; ++bin) {
    const float* found = window.floats().data() + bin * width;
    const float* expected = whole.floats().data() + bin * whole.shape()[1] + first;
    for (std::int64_t i = 0; i < width; ++i) {
      if (found[i] != (i < count ? expected[i] : 0.0F)) ++different;
    }
  }
  EXPECT_EQ(different, 0) << "frames " << first << " to " << first + count;
}

/// Reads frames into a window that held something else before.
Tensor read(Recording& recording, std::int64_t first, std::int64_t count,
            std::int64_t bins = kBins) {
  Tensor window(DType::float32, {1, bins, kWindow});
  std::fill(window.floats().begin(), window.floats().end(), 7.0F);
  recording.read(first, count, window);
  return window;
}

TEST_F(Recordings, OfEveryLengthHaveTheMelOfTheWholeFile) {
  for (const std::size_t length :
       {std::size_t{1}, std::size_t{2}, std::size_t{100}, std::size_t{159}, std::size_t{160},
        std::size_t{161}, std::size_t{199}, std::size_t{200}, std::size_t{201}, std::size_t{360},
        std::size_t{401}, std::size_t{16'000}, kPadding - 1, kPadding, kPadding + 1}) {
    const auto path = file(wav_bytes(noise(length), 16000, 1));
    const Tensor whole = whole_mel(path);
    Recording recording = open(path, kBins);
    EXPECT_EQ(recording.samples(), static_cast<std::int64_t>(length));
    EXPECT_EQ(recording.content_frames(), static_cast<std::int64_t>(length / 160));
    EXPECT_EQ(recording.content_frames() + 3000, whole.shape()[1]) << length;
    const std::int64_t content = std::min(recording.content_frames(), kWindow);
    expect_window(read(recording, 0, content), whole, 0, content);
    expect_window(read(recording, 0, kWindow), whole, 0, kWindow);
    const std::int64_t end = recording.content_frames();
    expect_window(read(recording, end, kWindow), whole, end, kWindow);
  }
}

TEST_F(Recordings, GiveWindowsFromAnywhere) {
  const auto path = file(wav_bytes(noise(1'500'123), 16000, 1));
  const Tensor whole = whole_mel(path);
  Recording recording = open(path, kBins);
  ASSERT_EQ(recording.content_frames(), 9375);
  for (const std::int64_t first : {0, 0, 1, 2, 3, 1001, 2222, 2223, 5222, 6375, 6376, 9374, 9375}) {
    const std::int64_t count = std::min(kWindow, 9375 - first);
    expect_window(read(recording, first, count), whole, first, count);
  }
  for (const std::int64_t first : {7000, 6999, 1, 0, 9000, 4321}) {  // back, and forward again
    expect_window(read(recording, first, 77), whole, first, 77);
  }
  expect_window(read(recording, 12375, 0), whole, 9375, 0);
}

TEST_F(Recordings, AreResampledOnTheWay) {
  const std::vector<std::int16_t> stereo = noise(3'528'000);  // 40 s
  const auto path = file(wav_bytes(stereo, 44100, 2));
  const Tensor whole = whole_mel(path, 128);
  Recording recording = open(path, 128);
  EXPECT_EQ(recording.content_frames(), 4000);
  EXPECT_DOUBLE_EQ(recording.seconds(), 40);
  expect_window(read(recording, 0, 3000, 128), whole, 0, 3000);
  expect_window(read(recording, 2987, 1013, 128), whole, 2987, 1013);
}

TEST_F(Recordings, AreClampedBelowTheLoudestOfAllFrames) {
  std::vector<std::int16_t> samples = noise(600'000, 2);
  const std::vector<std::int16_t> loud = noise(1600, 32000);
  std::copy(loud.begin(), loud.end(), samples.end() - 1600);
  const auto path = file(wav_bytes(samples, 16000, 1));
  const Tensor whole = whole_mel(path);
  Recording recording = open(path, kBins);
  const Tensor window = read(recording, 0, kWindow);
  expect_window(window, whole, 0, kWindow);
  const float quietest = *std::min_element(window.floats().begin(), window.floats().end());
  samples.resize(590'000);
  Recording quiet = open(file(wav_bytes(samples, 16000, 1)), kBins);
  const Tensor alone = read(quiet, 0, kWindow);
  EXPECT_LT(*std::min_element(alone.floats().begin(), alone.floats().end()), quietest);
}

/// At its end, too, where the frame that hears it best is the first behind a portion.
TEST_F(Recordings, AreClampedBelowTheLoudestOfTheirLastFrames) {
  std::vector<std::int16_t> samples(160'000);
  samples[1000] = 30;
  samples.back() = 20'000;
  const auto path = file(wav_bytes(samples, 16000, 1));
  const Tensor whole = whole_mel(path);
  Recording recording = open(path, kBins);
  expect_window(read(recording, 0, 1000), whole, 0, 1000);
  expect_window(read(recording, 1000, 3000), whole, 1000, 3000);
}

TEST_F(Recordings, OfSilenceAreFlat) {
  Recording recording = open(file(wav_bytes(std::vector<std::int16_t>(5000), 16000, 1)), kBins);
  const Tensor window = read(recording, 0, 31);
  for (std::size_t i = 0; i < 31; ++i) EXPECT_EQ(window.floats()[i], -1.5F);
  EXPECT_EQ(window.floats()[31], 0.0F);
}

TEST_F(Recordings, TellChannelsThatCancelEachOtherOut) {
  const auto cancels = [&](double left, double right) {
    std::vector<std::int16_t> samples;
    for (const std::int16_t sample : noise(4000)) {
      samples.push_back(static_cast<std::int16_t>(left * sample));
      samples.push_back(static_cast<std::int16_t>(right * sample));
    }
    return open(file(wav_bytes(samples, 16000, 2)), kBins).cancels_out();
  };
  EXPECT_TRUE(cancels(1, -1));
  EXPECT_FALSE(cancels(1, 1));
  EXPECT_FALSE(cancels(1, 0));
  EXPECT_FALSE(cancels(0, 0));         // silence is what it is
  EXPECT_FALSE(cancels(2e-4, -2e-4));  // and noise of a bit or two as well
  EXPECT_FALSE(open(file(wav_bytes(noise(4000), 16000, 1)), kBins).cancels_out());
}

TEST_F(Recordings, ReportTheirFirstReading) {
  std::vector<double> reports;
  const auto path = file(wav_bytes(noise(800'000), 16000, 1));
  const Recording recording =
      open(path, kBins, [&](double seconds) { reports.push_back(seconds); });
  ASSERT_GE(reports.size(), 5U);
  EXPECT_TRUE(std::is_sorted(reports.begin(), reports.end()));
  EXPECT_LT(reports.front(), 11);
  EXPECT_EQ(reports.back(), 50);
  struct Stop {};
  EXPECT_THROW(static_cast<void>(open(path, kBins, [](double) { throw Stop{}; })), Stop);
}

/// Longer than what is kept of a first reading.
constexpr std::size_t kLong = Recording::kMostKept / (kBins * sizeof(float)) * 160 + 160;

TEST_F(Recordings, ThatAreLongAreReadAgainToTheSameValues) {
  const auto path = file(wav_bytes(noise(kLong), 16000, 1));
  const Tensor whole = whole_mel(path);
  Recording recording = open(path, kBins);
  const std::int64_t end = recording.content_frames();
  for (const std::int64_t first : {std::int64_t{0}, std::int64_t{2999}, end - 77, end, end - 2000,
                                   std::int64_t{40'000}}) {  // back, and forward again
    const std::int64_t count = std::min(kWindow, end - first);
    expect_window(read(recording, first, count), whole, first, count);
  }
  expect_window(read(recording, end - 10, kWindow), whole, end - 10, kWindow);
}

TEST_F(Recordings, ThatChangeBetweenTheReadingsAreRefused) {
  const std::string bytes = wav_bytes(noise(kLong), 16000, 1);
  const auto path = file(bytes);
  for (const std::size_t kept : {bytes.size() - 20'000, std::size_t{6044}}) {
    file(bytes);
    Recording recording = open(path, kBins);
    std::filesystem::resize_file(path, kept);
    const std::int64_t last = recording.content_frames() - 3000;
    expect_refusal(path.string(), ErrorKind::io, "changed since",
                   [&] { read(recording, last, 3000); });
  }
}

TEST_F(Recordings, ThatAreShortAreReadOnce) {
  const auto path = file(wav_bytes(noise(100'000), 16000, 1));
  const Tensor whole = whole_mel(path);
  Recording recording = open(path, kBins);
  std::filesystem::resize_file(path, 0);
  expect_window(read(recording, 0, 625), whole, 0, 625);
}

TEST_F(Recordings, RefuseFramesAndTensorsThatDoNotFit) {
  Recording recording = open(file(wav_bytes(noise(16'000), 16000, 1)), kBins);
  Tensor window(DType::float32, {1, kBins, kWindow});
  EXPECT_THROW(recording.read(-1, 1, window), Error);
  EXPECT_THROW(recording.read(0, -1, window), Error);
  EXPECT_THROW(recording.read(3100, 1, window), Error);
  EXPECT_THROW(recording.read(101, kWindow, window), Error);
  EXPECT_THROW(recording.read(0, kWindow + 1, window), Error);
  Tensor narrow(DType::float32, {1, 40, kWindow});
  EXPECT_THROW(recording.read(0, 1, narrow), Error);
  Tensor flat(DType::float32, {kBins, kWindow});
  EXPECT_THROW(recording.read(0, 1, flat), Error);
}

TEST_F(Recordings, AreRefusedWithASentence) {
  const auto record = [](const std::filesystem::path& path) {
    Recording recording = open(path, kBins);
  };
  expect_refusal((folder_ / "absent").string(), ErrorKind::not_found, "",
                 [&] { record(folder_ / "absent"); });
  expect_refusal(folder_.path().string(), ErrorKind::io, "found a folder",
                 [&] { record(folder_.path()); });
  const std::string name = (folder_ / "a.wav").string();
  expect_refusal(name, ErrorKind::format, "found an empty file", [&] { record(file("")); });
  expect_refusal(name, ErrorKind::format, "cannot read", [&] { record(file("some words")); });
  expect_refusal(name, ErrorKind::format, "without samples",
                 [&] { record(file(wav_bytes(std::vector<std::int16_t>{}, 16000, 1))); });
  EXPECT_THROW(static_cast<void>(open(file(wav_bytes(noise(400), 16000, 1)), 81)), Error);
}

}  // namespace
}  // namespace sotto::test
