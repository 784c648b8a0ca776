#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "core/base/error.h"
#include "run/verifier/given_baseline.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace sotto {
namespace {

class GivenBaselineTest : public testing::Test {
 protected:
  GivenBaseline read(const std::string& json) {
    std::ofstream(folder_ / "baseline_clip.json") << json;
    return read_given_baseline(folder_.path(), "clip", special_tokens(51865));
  }

  /// The sentence that `json` is refused with.
  std::string refusal(const std::string& json) {
    return test::refusal_of([&] { static_cast<void>(read(json)); });
  }

  test::TempFolder folder_;
};

TEST_F(GivenBaselineTest, JoinsTheSegments) {
  const auto baseline = read(R"({"text": " Hello, world. ", "segments": [
      {"id": 0, "tokens": [50364, 2425, 11]}, {"tokens": [1002, 13, 50414]}]})");
  EXPECT_EQ(baseline.text, "Hello, world.");
  EXPECT_THAT(baseline.tokens, testing::ElementsAre(50364, 2425, 11, 1002, 13, 50414));
  EXPECT_TRUE(baseline.with_timestamps);
}

TEST_F(GivenBaselineTest, KnowsWhenThereAreNoTimestamps) {
  EXPECT_FALSE(
      read(R"({"text": "a", "segments": [{"tokens": [50258, 50363, 64]}]})").with_timestamps);
  EXPECT_FALSE(read(R"({"text": "a"})").with_timestamps);
}

TEST_F(GivenBaselineTest, RefusesOtherJson) {
  EXPECT_THAT(refusal("[1]"), testing::HasSubstr("baseline_clip.json"));
  EXPECT_THAT(refusal("{\"text\": 3}"), testing::HasSubstr("\"text\""));
  EXPECT_THAT(refusal("{\"text\": \"a\", \"segments\": [3]}"), testing::HasSubstr("\"tokens\""));
  EXPECT_THAT(refusal("{\"text\": \"a\", \"segments\": [{\"tokens\": [\"x\"]}]}"),
              testing::HasSubstr("whole numbers"));
  EXPECT_THAT(refusal("not JSON"), testing::HasSubstr("JSON object"));
  EXPECT_THAT(refusal(""), testing::HasSubstr("JSON object"));
}

TEST_F(GivenBaselineTest, NamesTheFileThatIsMissing) {
  test::expect_error(ErrorKind::not_found, (folder_ / "baseline_other.json").string(), [&] {
    static_cast<void>(read_given_baseline(folder_.path(), "other", special_tokens(51865)));
  });
}

}  // namespace
}  // namespace sotto
