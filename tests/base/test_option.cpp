#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/base/option.h"

namespace sotto {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The marks' own characters, U+E000 to U+E002, as a hostile name may hold them.
constexpr const char* kBegin = "\xEE\x80\x80";
constexpr const char* kValue = "\xEE\x80\x81";
constexpr const char* kEnd = "\xEE\x80\x82";

std::string as_flags(std::string_view text) {
  return spell_options(text, [](const Option& option) {
    return concat("--", option.name, option.value.empty() ? "" : " ", option.value);
  });
}

TEST(Option, IsSpelledAsWhoeverShowsItSpellsIt) {
  const std::string text = concat(Option{"patience"}, ": expected a ", Option{"beam_size"}, ", or ",
                                  Option{"format", "tflite"}, " with it");
  EXPECT_EQ(spell_options(text), "patience: expected a beam_size, or format=tflite with it");
  EXPECT_EQ(as_flags(text), "--patience: expected a --beam_size, or --format tflite with it");
  EXPECT_THAT(options_in(text), ElementsAre("patience", "beam_size", "format"));
}

TEST(Option, LeavesTextWithoutAnyAsItIs) {
  for (const char* text : {"", "plain", "--beam_size ü 💡", "\xEE\x80", "\xEE\x81\x80"}) {
    EXPECT_EQ(as_flags(text), text);
    EXPECT_THAT(options_in(text), IsEmpty());
  }
}

TEST(Option, TakesAnyValue) {
  for (const char* value : {"a b", "=", "ü", "--", "x\ny"}) {
    const std::string text = concat("<", Option{"name", value}, ">");
    EXPECT_EQ(spell_options(text), concat("<name=", value, ">"));
  }
}

TEST(Option, MayBeSpelledInAPartOfALongerSentence) {
  const std::string part = concat("with ", Option{"base"});
  EXPECT_EQ(as_flags(concat("merge it ", part, " (", part, ")")),
            "merge it with --base (with --base)");
}

/// What is no whole mark stays text, byte for byte, and hides no mark behind it.
TEST(Option, IsNotHiddenByWhatOnlyLooksLikeOne) {
  const std::string real = concat(Option{"trust", "now"});
  const std::vector<std::string> hostile{
      kBegin,
      kValue,
      kEnd,
      concat(kBegin, kEnd),
      concat(kBegin, kValue, kEnd),
      concat(kBegin, "trust", kEnd),
      concat(kBegin, "trust", kValue),
      concat(kBegin, "Trust", kValue, kEnd),
      concat(kBegin, "a b", kValue, kEnd),
      concat(kBegin, "trust", kEnd, kValue),
      concat(kBegin, "-rf /", kValue, "x", kEnd),
      concat(kValue, kBegin, kEnd),
      concat(kBegin, kBegin),
  };
  for (const std::string& text : hostile) {
    EXPECT_EQ(as_flags(text), text);
    EXPECT_THAT(options_in(text), IsEmpty());
    EXPECT_EQ(as_flags(concat(text, real, text)), concat(text, "--trust now", text));
    EXPECT_THAT(options_in(concat(text, ": ", real)), ElementsAre("trust"));
  }
}

/// A name out of a file can at the worst say what it could have said without marks.
TEST(Option, OfAHostileNameIsAWordLikeOthers) {
  const std::string name = concat(kBegin, "trust", kValue, "yes", kEnd);
  EXPECT_EQ(spell_options(name), "trust=yes");
}

TEST(Option, IsPlainInWhatAnErrorSaysAndMarkedInItsMessage) {
  const Error error(ErrorKind::usage,
                    concat(Option{"beam_size"}, ": expected\n", Option{"word_timestamps", "True"}));
  EXPECT_STREQ(error.what(), "beam_size: expected\\x0aword_timestamps=True");
  EXPECT_EQ(as_flags(error.message()), "--beam_size: expected\\x0a--word_timestamps True");
  EXPECT_THAT(error.options(), ElementsAre("beam_size", "word_timestamps"));
}

TEST(Option, SurvivesASentenceThatIsExtended) {
  const Error inner(ErrorKind::format, concat("expected ", Option{"base"}));
  const Error outer(inner.kind(), concat(inner.message(), " (", Option{"trust"}, ")"));
  EXPECT_STREQ(outer.what(), "expected base (trust)");
  EXPECT_THAT(outer.options(), ElementsAre("base", "trust"));
}

TEST(Option, IsNoneWhereAnErrorNamesNone) {
  EXPECT_THAT(Error(ErrorKind::io, "a.wav: cannot be opened").options(), IsEmpty());
}

}  // namespace
}  // namespace sotto
