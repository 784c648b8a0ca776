#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iostream>
#include <string>
#include <tuple>

#include "core/base/error.h"
#include "engine/decoder_duel.h"
#include "run/decoding/plain_decoding.h"
#include "support/expect_error.h"

// One suite for every kind of session: what the contract says, and the full decoder's logits.

namespace sotto::test {
namespace {

using testing::HasSubstr;

std::string name_of(SessionKind kind) {
  switch (kind) {
    case SessionKind::full:
      return "full";
    case SessionKind::kv:
      return "kv";
    case SessionKind::step_alone:
      return "step_alone";
    case SessionKind::stateful:
      return "stateful";
  }
  return "";
}

constexpr auto kKinds = {SessionKind::full, SessionKind::kv, SessionKind::step_alone,
                         SessionKind::stateful};

class Sessions : public testing::TestWithParam<SessionKind> {};

TEST_P(Sessions, FillTheContextTokenByToken) {
  Decoders decoders(random_checkpoint(short_dims()));
  EncodedWindow window = decoders.window(1);
  Duel duel(decoders, GetParam(), window, 1);
  duel.prefill(1, {0});
  for (int i = 1; i < 20; ++i) duel.step();
  EXPECT_THROW(duel.step(), Error);
  duel.prefill(20, {0, 7, 19});
  EXPECT_THROW(duel.step(), Error);
}

TEST_P(Sessions, PrefillEveryLength) {
  Decoders decoders(random_checkpoint(small_dims()));
  EncodedWindow window = decoders.window(2);
  Duel duel(decoders, GetParam(), window, 2);
  for (const std::size_t length : {4U, 1U, 3U, 7U, 8U, 9U, 17U, 40U, 49U, 65U, 228U, 448U}) {
    duel.prefill(length, {length / 3, length - 1});
    if (length < 448) duel.step();
  }
}

TEST_P(Sessions, GiveNoLogitsWhereNoneAreAskedFor) {
  Decoders decoders(random_checkpoint(small_dims()));
  EncodedWindow window = decoders.window(2);
  Duel duel(decoders, GetParam(), window, 2);
  duel.prefill(30, {4});  // what comes behind counts all the same
  duel.step();
  const std::vector<TokenId> tokens{1, 2, 3};
  const auto session = decoders.session(GetParam(), window);
  EXPECT_TRUE(session->prefill(tokens, Sources{}).empty());
}

TEST_P(Sessions, FollowRowsThatRepeatAndGo) {
  Decoders decoders(random_checkpoint(small_dims(), 5));
  EncodedWindow window = decoders.window(3);
  Duel duel(decoders, GetParam(), window, 3);
  duel.prefill(4, {0, 1, 2, 3});
  duel.wander(5, 12);
  duel.wander(2, 4);
  duel.wander(9, 4);  // more rows than any step before: a cache grows under its contents
  duel.wander(1, 2);
  duel.reorder({0, 0, 0});
  duel.step();
  duel.step();
  duel.prefill(6, {5});  // forgets it all
  duel.wander(5, 3);
}

TEST_P(Sessions, ServeWindowAfterWindow) {
  Decoders decoders(random_checkpoint(small_dims(), 6), 30);
  for (std::uint64_t turn = 0; turn < 3; ++turn) {
    EncodedWindow window = decoders.window(turn);
    Duel duel(decoders, GetParam(), window, turn);
    duel.prefill(5 + turn, {0, 4});
    duel.wander(3 + turn, 5);
  }
}

TEST_P(Sessions, DecodeGreedilyAsTheFullOneDoes) {
  Decoders decoders(random_checkpoint(short_dims(), 9));
  EncodedWindow window = decoders.window(4);
  const std::vector<TokenId> prompt{3, 1, 4};
  const auto full = decode_greedily(*decoders.reference(window), prompt, 999);
  EXPECT_EQ(decode_greedily(*decoders.session(GetParam(), window), prompt, 999), full);
}

TEST_P(Sessions, RefuseWhatCannotBe) {
  Decoders decoders(random_checkpoint(short_dims()));
  EncodedWindow window = decoders.window(5);
  const auto session = decoders.session(GetParam(), window);
  const std::vector<TokenId> one{1}, two{1, 2}, unknown{1000}, many(21, 1);
  EXPECT_EQ(session->context(), 20);
  EXPECT_THROW(session->step(one), Error);
  EXPECT_THROW(session->reorder(Sources{0}), Error);
  EXPECT_THROW(session->prefill(std::span<const TokenId>()), Error);
  expect_error(ErrorKind::usage, "a sequence of 21 tokens does not fit the decoder's context of 20",
               [&] { session->prefill(many); });
  EXPECT_THROW(session->prefill(one, Sources{1}), Error);
  EXPECT_THROW(session->prefill(two, Sources{1, 0}), Error);
  expect_error(ErrorKind::usage, "expected tokens from 0 to 999, found 1000",
               [&] { session->prefill(unknown); });
  (void)session->prefill(two);
  EXPECT_THROW(session->reorder(Sources{1}), Error);
  EXPECT_THROW(session->reorder(Sources{}), Error);
  EXPECT_THROW(session->step(two), Error);
  EXPECT_THROW(session->step(unknown), Error);
  EXPECT_THROW(static_cast<void>(session->attention_scores({})), Error);
  EXPECT_THROW(static_cast<void>(session->attention_scores(many)), Error);
  expect_error(ErrorKind::unavailable, "nothing was loaded that gives",
               [&] { static_cast<void>(session->attention_scores(two)); });
  EXPECT_THROW(session->step(one), Error);  // the rows are lost
}

TEST_P(Sessions, GoOnAfterARefusedStep) {
  Decoders decoders(random_checkpoint(short_dims()));
  EncodedWindow window = decoders.window(6);
  const auto session = decoders.session(GetParam(), window);
  const auto full = decoders.reference(window);
  const std::vector<TokenId> prompt{1, 2}, unknown{-1}, next{3};
  (void)session->prefill(prompt);
  (void)full->prefill(prompt);
  EXPECT_THROW(session->step(unknown), Error);
  EXPECT_LE(relative_difference(session->step(next), full->step(next)), kTolerance);
}

TEST_P(Sessions, EndWhenTheNextOneBegins) {
  Decoders decoders(random_checkpoint(short_dims()));
  EncodedWindow first = decoders.window(7), second = decoders.window(8);
  const std::vector<TokenId> prompt{1, 2}, next{3};
  const auto ended = decoders.session(GetParam(), first);
  (void)ended->prefill(prompt);
  for (const SessionKind other : kKinds) {
    const auto session = decoders.session(other, second);
    const auto refuse = [&](const auto& call) {
      expect_error(ErrorKind::internal, "this session was ended by another one of the same model",
                   call);
    };
    refuse([&] { ended->step(next); });
    refuse([&] { ended->prefill(prompt); });
    refuse([&] { ended->reorder(Sources{0}); });
    refuse([&] { static_cast<void>(ended->attention_scores(prompt)); });
    EXPECT_NO_THROW(session->prefill(prompt));
  }
}

TEST_P(Sessions, EndWhenOtherAudioIsEncodedIntoTheirWindow) {
  Decoders decoders(random_checkpoint(short_dims()));
  EncodedWindow window = decoders.window(9);
  const std::vector<TokenId> prompt{1, 2}, next{3};
  const auto session = decoders.session(GetParam(), window);
  (void)session->prefill(prompt);
  decoders.encode(10, window);
  expect_error(ErrorKind::internal,
               "this session was ended: other audio was encoded into its window",
               [&] { session->step(next); });
}

INSTANTIATE_TEST_SUITE_P(Of, Sessions, testing::ValuesIn(kKinds),
                         [](const auto& tested) { return name_of(tested.param); });

/// Of the committed model, or of that which an environment variable names.
class SessionsOf : public testing::TestWithParam<std::tuple<SessionKind, const char*>> {
 protected:
  void SetUp() override {
    const std::string given = std::get<1>(GetParam());
    is_base_ = given.front() == '$';
    if (!is_base_) {
      path_ = given;
    } else if (const char* value = std::getenv(given.substr(1).c_str()); value != nullptr) {
      path_ = value;
    } else {
      GTEST_SKIP() << given.substr(1) << " is not set";
    }
  }
  [[nodiscard]] SessionKind kind() const { return std::get<0>(GetParam()); }

  bool is_base_ = false;
  std::string path_;
};

TEST_P(SessionsOf, AgreeWithTheFullOne) {
  Decoders decoders(read_checkpoint(std::filesystem::path(path_)));
  EncodedWindow window = decoders.window(7);
  Duel duel(decoders, kind(), window, 7, is_base_ ? kToleranceOfBase : kTolerance);
  duel.prefill(60, {0, 30, 59});
  duel.wander(5, 3);
  duel.wander(1, 3);
  duel.prefill(4, {3});
  duel.step();
  std::cout << path_ << ": " << duel.worst() << " of the largest logit\n";
}

TEST_P(SessionsOf, DecodeTheSameTokens) {
  Decoders decoders(read_checkpoint(std::filesystem::path(path_)));
  EncodedWindow window = decoders.window(8);
  const std::vector<TokenId> prompt{50258, 50259, 50359, 50363};
  const auto full = decode_greedily(*decoders.reference(window), prompt, 50257);
  EXPECT_EQ(decode_greedily(*decoders.session(kind(), window), prompt, 50257), full);
}

// The full one would be compared with itself.
INSTANTIATE_TEST_SUITE_P(Models, SessionsOf,
                         testing::Combine(testing::Values(SessionKind::kv, SessionKind::stateful),
                                          testing::Values("assets/demo/demo.pt",
                                                          "$SOTTO_BASE_CHECKPOINT")),
                         [](const auto& tested) {
                           const bool is_base = std::get<1>(tested.param)[0] == '$';
                           return name_of(std::get<0>(tested.param)) + (is_base ? "Base" : "Demo");
                         });

}  // namespace
}  // namespace sotto::test
