#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "run/writers/python_json.h"

namespace sotto {
namespace {

TEST(PythonNumber, HasTheFewestDigits) {
  EXPECT_EQ(python_number(0.1), "0.1");
  EXPECT_EQ(python_number(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(python_number(3 * 0.2), "0.6000000000000001");
  EXPECT_EQ(python_number(-1.25), "-1.25");
  EXPECT_EQ(python_number(5e-324), "5e-324");
  EXPECT_EQ(python_number(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
}

TEST(PythonNumber, IsSeenToBeNoInteger) {
  EXPECT_EQ(python_number(0.0), "0.0");
  EXPECT_EQ(python_number(-0.0), "-0.0");
  EXPECT_EQ(python_number(100.0), "100.0");
}

TEST(PythonNumber, HasAnExponentWhereReprHasOne) {
  EXPECT_EQ(python_number(1e-4), "0.0001");
  EXPECT_EQ(python_number(1e-5), "1e-05");
  EXPECT_EQ(python_number(1.5e-7), "1.5e-07");
  EXPECT_EQ(python_number(1234567890123456.0), "1234567890123456.0");
  EXPECT_EQ(python_number(9999999999999998.0), "9999999999999998.0");
  EXPECT_EQ(python_number(1e16), "1e+16");
  EXPECT_EQ(python_number(1e100), "1e+100");
}

TEST(PythonNumber, NamesWhatIsNoNumber) {
  EXPECT_EQ(python_number(std::nan("")), "NaN");
  EXPECT_EQ(python_number(HUGE_VAL), "Infinity");
  EXPECT_EQ(python_number(-HUGE_VAL), "-Infinity");
}

TEST(PythonString, EscapesEverythingButPrintableAscii) {
  EXPECT_EQ(python_string("a/b ~"), "\"a/b ~\"");
  EXPECT_EQ(python_string("\"\\\n\r\t\f\b"), R"("\"\\\n\r\t\f\b")");
  EXPECT_EQ(python_string(std::string_view("\0\x1f\x7f", 3)), R"("\u0000\u001f\u007f")");
  EXPECT_EQ(python_string("\u00e9\u4e2d\uffff"), R"("\u00e9\u4e2d\uffff")");
  EXPECT_EQ(python_string("\U00010000\U0001F600\U0010FFFF"),
            R"("\ud800\udc00\ud83d\ude00\udbff\udfff")");
}

TEST(PythonString, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(python_string("a\xE4\xB8z\xFF"), R"("a\ufffdz\ufffd")");
}

TEST(PythonJson, HasTheReferencesKeysInItsOrder) {
  const Segment plain{0, 0, 0.0, 1.5, " a", {50364, 64}, 0.2, -0.5, 0.75, 1e-5, {}};
  Segment timed = plain;
  timed.id = 1;
  timed.tokens.clear();
  timed.words = {{" a", 0.1, 0.2, 0.5}, {"b", 1.0, 2.0, 1.0}};
  Segment silent = plain;
  silent.words.emplace();
  const std::string head = R"({"id": 0, "seek": 0, "start": 0.0, "end": 1.5, "text": " a", )";
  const std::string tail = R"("temperature": 0.2, "avg_logprob": -0.5, "compression_ratio": 0.75, )"
                           R"("no_speech_prob": 1e-05)";
  EXPECT_EQ(python_json({" a", {plain}, "en"}), R"({"text": " a", "segments": [)" + head +
                                                    R"("tokens": [50364, 64], )" + tail +
                                                    R"(}], "language": "en"})");
  EXPECT_EQ(
      python_json({"", {timed, silent}, "de"}),
      R"({"text": "", "segments": [{"id": 1, "seek": 0, "start": 0.0, "end": 1.5, "text": " a", )"
      R"("tokens": [], )" +
          tail +
          R"(, "words": [{"word": " a", "start": 0.1, "end": 0.2, "probability": 0.5}, )"
          R"({"word": "b", "start": 1.0, "end": 2.0, "probability": 1.0}]}, )" +
          head + R"("tokens": [50364, 64], )" + tail + R"(, "words": []}], "language": "de"})");
  EXPECT_EQ(python_json({"", {}, "en"}), R"({"text": "", "segments": [], "language": "en"})");
}

}  // namespace
}  // namespace sotto
