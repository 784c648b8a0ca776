#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "media/decode_audio.h"
#include "mel/expect_refusal.h"
#include "mel/wav_file.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

std::vector<std::int16_t> all_of(MediaStream& stream) {
  std::vector<std::int16_t> samples;
  std::vector<std::int16_t> block;
  while (stream.next(block)) {
    EXPECT_FALSE(block.empty());
    samples.insert(samples.end(), block.begin(), block.end());
  }
  EXPECT_TRUE(block.empty());
  return samples;
}

class MediaStreams : public ::testing::Test {
 protected:
  std::filesystem::path file(const std::string& name, const std::string& bytes) const {
    write_file(folder_ / name, bytes);
    return folder_ / name;
  }

  TempFolder folder_;
};

/// A pipe that a child process has written `bytes` into and closed.
class FullPipe {
 public:
  explicit FullPipe(const std::string& bytes) {
    EXPECT_EQ(::pipe(ends_), 0);
    writer_ = ::fork();
    if (writer_ == 0) {
      ::close(ends_[0]);
      std::size_t done = 0;
      while (done < bytes.size()) {
        const ::ssize_t count = ::write(ends_[1], bytes.data() + done, bytes.size() - done);
        if (count <= 0) break;
        done += static_cast<std::size_t>(count);
      }
      ::_exit(0);
    }
    ::close(ends_[1]);
  }
  ~FullPipe() {
    ::close(ends_[0]);
    ::waitpid(writer_, nullptr, 0);
  }
  FullPipe(const FullPipe&) = delete;
  FullPipe& operator=(const FullPipe&) = delete;

  [[nodiscard]] int descriptor() const { return ends_[0]; }

 private:
  int ends_[2] = {-1, -1};
  ::pid_t writer_ = -1;
};

/// $TMPDIR for the life of this object.
class TemporaryFolderIs {
 public:
  explicit TemporaryFolderIs(const std::filesystem::path& folder) {
    const char* before = ::getenv("TMPDIR");
    if (before != nullptr) before_ = before;
    ::setenv("TMPDIR", folder.c_str(), 1);
  }
  ~TemporaryFolderIs() {
    if (before_.empty()) {
      ::unsetenv("TMPDIR");
    } else {
      ::setenv("TMPDIR", before_.c_str(), 1);
    }
  }
  TemporaryFolderIs(const TemporaryFolderIs&) = delete;
  TemporaryFolderIs& operator=(const TemporaryFolderIs&) = delete;

 private:
  std::string before_;
};

TEST_F(MediaStreams, GiveInBlocksWhatIsInTheFile) {
  const std::vector<std::int16_t> samples = sine(440, 12000, 16000, 100'000);
  MediaStream stream(file("a.wav", wav_bytes(samples, 16000, 1)));
  EXPECT_NEAR(stream.claimed_seconds(), 6.25, 1e-6);
  EXPECT_EQ(stream.name(), (folder_ / "a.wav").string());
  std::vector<std::int16_t> block;
  ASSERT_TRUE(stream.next(block));
  EXPECT_LT(block.size(), samples.size() / 2) << "the recording came in one piece";
  std::vector<std::int16_t> found = block;
  for (const std::int16_t sample : all_of(stream)) found.push_back(sample);
  EXPECT_EQ(found, samples);
  EXPECT_FALSE(stream.next(block)) << "behind the end";
}

TEST_F(MediaStreams, AreWhatDecodingGives) {
  const auto path = file("a.wav", wav_bytes(sine(440, 12000, 44100, 88200), 44100, 2));
  MediaStream stream(path);
  std::vector<float> found;
  append_unit_samples(all_of(stream), found);
  EXPECT_EQ(found, decode_audio(path, 30));
}

TEST_F(MediaStreams, MayTakeTurns) {
  const std::vector<std::int16_t> samples = sine(440, 12000, 16000, 20'000);
  const auto path = file("a.wav", wav_bytes(samples, 16000, 1));
  auto one = std::make_unique<MediaStream>(path);
  MediaStream other(path);
  std::vector<std::int16_t> block;
  ASSERT_TRUE(one->next(block));
  ASSERT_TRUE(other.next(block));
  one.reset();
  std::vector<std::int16_t> found = block;
  for (const std::int16_t sample : all_of(other)) found.push_back(sample);
  EXPECT_EQ(found, samples);
}

TEST_F(MediaStreams, FromAPipeAreKeptInAFileThatHasNoName) {
  const TemporaryFolderIs here(folder_.path());
  const std::vector<std::int16_t> samples = sine(440, 12000, 16000, 100'000);
  const FullPipe pipe(wav_bytes(samples, 16000, 1));
  const auto file = InputFile::spool(pipe.descriptor(), "standard input");
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
  EXPECT_EQ(file->size(), 44 + 2 * samples.size());
  MediaStream stream(file);
  EXPECT_EQ(all_of(stream), samples);
  MediaStream again(file);
  EXPECT_EQ(all_of(again), samples);
}

TEST_F(MediaStreams, TakeAWavFileThatDoesNotKnowItsLength) {
  const std::vector<std::int16_t> samples = sine(440, 12000, 16000, 30'000);
  for (const std::uint32_t unknown : {0xFFFFFFFFU, 0x7FFFFFFFU}) {
    std::string bytes = wav_bytes(samples, 16000, 1);
    bytes.replace(4, 4, little_endian(unknown));
    bytes.replace(40, 4, little_endian(unknown));
    const FullPipe pipe(bytes);
    MediaStream stream(InputFile::spool(pipe.descriptor(), "standard input"));
    EXPECT_EQ(all_of(stream), samples) << unknown;
  }
}

TEST_F(MediaStreams, RefuseAPipeWithoutSound) {
  const auto stream_of = [](const std::string& bytes) {
    const FullPipe pipe(bytes);
    static_cast<void>(MediaStream(InputFile::spool(pipe.descriptor(), "standard input")));
  };
  expect_refusal("standard input", ErrorKind::format, "found an empty file",
                 [&] { stream_of(""); });
  expect_refusal("standard input", ErrorKind::format, "7 bytes that FFmpeg cannot read",
                 [&] { stream_of("nothing"); });
}

TEST_F(MediaStreams, SayThatThePipeOrTheTemporaryFolderIsAtFault) {
  expect_refusal("standard input", ErrorKind::io, "cannot be read: ", [] {
    static_cast<void>(InputFile::spool(-1, "standard input"));
  });
  const TemporaryFolderIs absent(folder_ / "absent");
  const FullPipe pipe("nothing");
  expect_refusal("standard input", ErrorKind::io,
                 "cannot be kept in the temporary folder " + (folder_ / "absent").string(),
                 [&] { static_cast<void>(InputFile::spool(pipe.descriptor(), "standard input")); });
}

// libswresample's filter is as long as the rate is high: 120 MHz asked for half a gigabyte to 2.
TEST_F(MediaStreams, RefuseARateThatNobodyRecordsAt) {
  for (const int rate : {7, 999, 3'000'001, 120'000'007, 2'000'000'011}) {
    const auto path = file("a.wav", wav_bytes(sine(440, 9000, 16000, 4000), rate, 1));
    std::vector<std::int16_t> block;
    expect_refusal(
        path.string(), ErrorKind::unsupported,
        "expected sound that can be brought to 16 kHz mono, found " + std::to_string(rate) + " Hz",
        [&] {
          MediaStream stream(path);
          while (stream.next(block)) {
          }
        });
  }
}

TEST_F(MediaStreams, TakeTheFinestRateThatIsSold) {
  const auto path = file("a.wav", wav_bytes(sine(440, 9000, 2'822'400, 300'000), 2'822'400, 1));
  MediaStream stream(path);
  EXPECT_NEAR(static_cast<double>(all_of(stream).size()), 300'000 * 16000.0 / 2'822'400, 20);
}

TEST_F(MediaStreams, RefuseWhatIsNoFile) {
  expect_refusal((folder_ / "absent.wav").string(), ErrorKind::not_found, "cannot be opened",
                 [&] { MediaStream stream(folder_ / "absent.wav"); });
  expect_refusal(folder_.path().string(), ErrorKind::io, "expected a file, found a folder",
                 [&] { MediaStream stream(folder_.path()); });
}

}  // namespace
}  // namespace sotto::test
