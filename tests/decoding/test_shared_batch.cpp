#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/jobs.h"
#include "decoding/made_vocabulary.h"
#include "run/decoding/shared_batch.h"
#include "run/decoding/transcribe.h"
#include "support/expect_error.h"
#include "support/expect_transcript.h"
#include "support/scripted_batch.h"

// A batch that several recordings share, each in a thread of its own: that each says what it says
// alone, that steps are full, and who waits for whom.

namespace sotto::test {
namespace {

using Tokens = std::vector<TokenId>;
using testing::Each;
using testing::ElementsAre;
using testing::Le;

constexpr std::int64_t kFrames = 12000;  // of a recording
constexpr std::int64_t kApart =
    1000000;  // a recording's first frame from another's, in the session
constexpr std::int64_t kRecordings = 5;

TokenId at(double seconds) { return kTimestamp + static_cast<TokenId>(std::lround(seconds * 50)); }

/// What a window says: so many letters, and which, by where it begins; others are drawn above
/// temperature 0.
std::vector<float> answer(std::int64_t seek, const Tokens& tokens) {
  if (tokens.back() == kStart) return favouring(kEnglish);
  const auto task = std::find(tokens.rbegin(), tokens.rend(), kTranscribe);
  const std::int64_t said = task - tokens.rbegin();
  const std::int64_t length = 2 + seek / 100 % 5;
  if (said == 0) return favouring(at(0), 40);
  if (said <= length) {
    auto logits =
        favouring(static_cast<TokenId>('a' + (seek / 100 + seek / kApart + said) % 20), 1);
    for (TokenId letter = 'a'; letter <= 'z'; ++letter) {
      logits[static_cast<std::size_t>(letter)] += 30;
    }
    return logits;
  }
  return favouring(said == length + 1 ? at(4) : kEndOfText, 40);
}

/// One clip, two or three, which overlap.
TranscribeOptions options_of(std::int64_t recording) {
  TranscribeOptions options;
  options.temperatures = {0};
  options.clip_timestamps.clear();
  for (std::int64_t clip = 0; clip <= recording % 3; ++clip) {
    const auto begin = static_cast<double>(clip * 4 + recording);
    options.clip_timestamps.insert(options.clip_timestamps.end(), {begin, begin + 5});
  }
  return options;
}

/// A recording whose windows answer from behind its first frame in the session.
class SharedAudio : public BatchAudio {
 public:
  SharedAudio(SharedBatch& batch, ScriptedBatch& session, std::int64_t recording)
      : share_(batch), session_(session), first_(recording * kApart) {}

  [[nodiscard]] std::int64_t content_frames() const override { return kFrames; }
  [[nodiscard]] std::int64_t window_frames() const override { return 3000; }
  [[nodiscard]] std::optional<std::size_t> take_place() override { return share_.take(); }
  void give_back(std::size_t place) override { share_.give_back(place); }
  [[nodiscard]] BatchSession& session() override { return share_; }
  void encode(std::size_t place, std::int64_t first, std::int64_t count) override {
    share_.encode(place, [&] {
      if (fails) fail(ErrorKind::io, "the recording is gone");
      session_.encode(place, first_ + first, count);
    });
  }
  void encode_opening(std::size_t place) override { encode(place, 0, 3000); }

  bool fails = false;

 private:
  BatchShare share_;
  ScriptedBatch& session_;
  std::int64_t first_;
};

/// All recordings in a batch of so many places; where one fails, its transcript is empty.
class Together {
 public:
  Together(std::size_t places, const std::function<void(TranscribeOptions&)>& change,
           std::int64_t failing = -1)
      : session(kFrames, places, answer), transcripts(kRecordings) {
    SharedBatch batch(session, places);
    std::vector<std::function<void()>> jobs;
    for (std::int64_t recording = 0; recording < kRecordings; ++recording) {
      jobs.emplace_back([&, recording] {
        SharedAudio audio(batch, session, recording);
        TranscribeOptions options = options_of(recording);
        change(options);
        audio.fails = recording == failing;
        Transcript& transcript = transcripts[static_cast<std::size_t>(recording)];
        if (audio.fails) {
          EXPECT_THROW(transcript = transcribe_in_batches(audio, tokenizer(), options), Error);
        } else {
          transcript = transcribe_in_batches(audio, tokenizer(), options);
        }
      });
    }
    run_jobs(jobs, places);
  }

  ScriptedBatch session;
  std::vector<Transcript> transcripts;
};

/// The recording with a batch for itself.
Transcript alone(std::int64_t recording, const std::function<void(TranscribeOptions&)>& change) {
  ScriptedBatch session(kFrames, 1, answer);
  SharedBatch batch(session, 1);
  SharedAudio audio(batch, session, recording);
  TranscribeOptions options = options_of(recording);
  change(options);
  return transcribe_in_batches(audio, tokenizer(), options);
}

void expect_as_alone(const std::function<void(TranscribeOptions&)>& change) {
  std::vector<Transcript> expected;
  for (std::int64_t recording = 0; recording < kRecordings; ++recording) {
    expected.push_back(alone(recording, change));
    EXPECT_FALSE(expected.back().text.empty());
  }
  for (const std::size_t places : {1U, 3U, 8U}) {
    const Together together(places, change);
    EXPECT_THAT(together.session.steps, Each(Le(places)));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      SCOPED_TRACE(testing::Message() << "recording " << i << " of " << places << " places");
      expect_transcript(together.transcripts[i], expected[i]);
    }
  }
}

TEST(SharedBatch, RecordingsSayWhatEachSaysAlone) {
  expect_as_alone([](TranscribeOptions& options) { options.language = "en"; });
}

TEST(SharedBatch, LanguagesAreDetectedInIt) {
  expect_as_alone([](TranscribeOptions&) {});
}

TEST(SharedBatch, RecordingsSearchBeamsInIt) {
  expect_as_alone([](TranscribeOptions& options) {
    options.language = "en";
    options.decoding.beam_size = 3;
  });
}

/// Each window fails at temperature 0, and what is drawn at 1 has seeds by where it begins.
TEST(SharedBatch, RecordingsDrawWhatTheyDrawAlone) {
  const auto draw = [](TranscribeOptions& options) {
    options.language = "en";
    options.temperatures = {0, 1};
    options.decoding.best_of = 2;
    options.logprob_threshold = 0;
  };
  EXPECT_EQ(alone(0, draw).segments.front().temperature, 1);
  expect_as_alone(draw);
}

TEST(SharedBatch, ARecordingFailsByItself) {
  const auto english = [](TranscribeOptions& options) { options.language = "en"; };
  constexpr std::int64_t kFailing = 3;
  const Together together(3, english, kFailing);
  for (std::int64_t recording = 0; recording < kRecordings; ++recording) {
    const Transcript& transcript = together.transcripts[static_cast<std::size_t>(recording)];
    if (recording == kFailing) {
      EXPECT_TRUE(transcript.text.empty());
    } else {
      expect_transcript(transcript, alone(recording, english));
    }
  }
}

/// Shares that are fed by hand.
class Shares : public testing::Test {
 protected:
  static constexpr std::size_t kPlaces = 3;

  std::unique_ptr<BatchShare> share() { return std::make_unique<BatchShare>(batch_); }

  /// A window under way in a place of the share.
  std::size_t begin(BatchShare& share) {
    const std::size_t place = share.take().value();
    share.encode(place, [&] { session_.encode(place, 0, 3000); });
    share.prefill(place, Tokens{kStart}, std::vector<std::size_t>{0});
    return place;
  }
  static std::future<std::size_t> step(BatchShare& share, std::size_t rows) {
    return std::async(std::launch::async,
                      [&share, rows] { return share.step(Tokens(rows, kTranscribe)).size(); });
  }
  static bool waits(const std::future<std::size_t>& step) {
    return step.wait_for(std::chrono::milliseconds(30)) == std::future_status::timeout;
  }

  static constexpr auto kVocabulary = static_cast<std::size_t>(kMultilingual);
  ScriptedBatch session_{kFrames, kPlaces, answer};
  SharedBatch batch_{session_, kPlaces};
};

TEST_F(Shares, StepTogether) {
  const auto one = share(), other = share();
  begin(*one);
  begin(*other);
  begin(*other);
  auto first = step(*one, 1);
  EXPECT_TRUE(waits(first));
  EXPECT_EQ(other->step(Tokens(2, kTranscribe)).size(), 2 * kVocabulary);
  EXPECT_EQ(first.get(), kVocabulary);
  EXPECT_THAT(session_.steps, ElementsAre(3U));
}

TEST_F(Shares, WaitForWindowsThatAreUnderWay) {
  const auto one = share(), other = share();
  begin(*one);
  EXPECT_EQ(one->step(Tokens{kTranscribe}).size(), kVocabulary) << "the other has no window yet";
  const std::size_t place = other->take().value();
  other->encode(place, [&] { session_.encode(place, 0, 3000); });
  auto next = step(*one, 1);
  EXPECT_TRUE(waits(next));
  other->drop(place);
  EXPECT_EQ(next.get(), kVocabulary) << "it has none any more";
  begin(*other);
  next = step(*one, 1);
  EXPECT_TRUE(waits(next));
  (void)other->step(Tokens{kTranscribe});
  EXPECT_EQ(next.get(), kVocabulary);
}

TEST_F(Shares, LeaveNothingBehindThatIsFed) {
  const auto one = share();
  begin(*one);
  auto other = share();
  begin(*other);
  begin(*other);
  auto next = step(*one, 1);
  EXPECT_TRUE(waits(next));
  other.reset();
  EXPECT_EQ(next.get(), kVocabulary);
  other = share();
  begin(*other);
  next = step(*one, 1);
  EXPECT_EQ(other->step(Tokens{kTranscribe}).size(), kVocabulary);
  EXPECT_EQ(next.get(), kVocabulary);
  EXPECT_THAT(session_.steps, ElementsAre(1U, 2U));
}

TEST_F(Shares, WaitForAPlaceInTheirOrder) {
  auto one = share();
  EXPECT_EQ(one->take(), 0U);
  EXPECT_EQ(one->take(), 1U);
  EXPECT_EQ(one->take(), 2U);
  EXPECT_EQ(one->take(), std::nullopt);
  std::vector<int> admitted;
  const auto come = [&](int number) {
    return std::async(std::launch::async, [&, number]() -> std::size_t {
      const auto late = share();
      admitted.push_back(number);  // one place is free, so one of them is here
      return late->take().value();
    });
  };
  auto second = come(2);
  EXPECT_TRUE(waits(second));
  auto third = come(3);
  EXPECT_TRUE(waits(third));
  one->give_back(1);
  EXPECT_EQ(second.get(), 1U);
  EXPECT_EQ(third.get(), 1U);
  EXPECT_THAT(admitted, ElementsAre(2, 3));
}

TEST_F(Shares, KeepTheirOnlyPlace) {
  const auto one = share(), two = share(), three = share();
  const std::size_t place = one->take().value();
  EXPECT_EQ(one->take(), std::nullopt);
  one->give_back(place);
  EXPECT_EQ(two->take(), 1U);
  EXPECT_EQ(two->take(), std::nullopt) << "what the first has it has for itself";
  EXPECT_EQ(one->take(), place);
}

TEST_F(Shares, FailWhereTheStepFails) {
  const auto one = share(), other = share();
  begin(*one);
  begin(*other);
  session_.step_fails = true;
  auto first = step(*one, 1);
  EXPECT_THROW((void)other->step(Tokens{kTranscribe}), Error);
  EXPECT_THROW((void)first.get(), Error);
}

TEST_F(Shares, RefuseWhatIsNotTheirs) {
  const auto one = share(), other = share();
  const std::size_t place = begin(*one);
  expect_error(ErrorKind::internal, "place 0 belongs to another recording",
               [&] { (void)other->prefill(place, Tokens{kStart}, {}); });
  expect_error(ErrorKind::internal, "place 9 belongs", [&] { one->drop(9); });
  expect_error(ErrorKind::internal, "a step of 2 tokens for 1 rows",
               [&] { (void)one->step(Tokens(2, kTranscribe)); });
  expect_error(ErrorKind::internal, "a step of 0 tokens for 0 rows",
               [&] { (void)other->step({}); });
}

}  // namespace
}  // namespace sotto::test
