#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/json/json_document.h"
#include "support/expect_error.h"

namespace sotto {
namespace {

using testing::HasSubstr;

nlohmann::json parse(const std::string& text, const JsonRules& rules = {}) {
  return parse_json(std::as_bytes(std::span(text)), "a.json", rules);
}

std::string refusal(const std::string& text, const JsonRules& rules = {}) {
  std::string sentence = test::refusal_of([&] { static_cast<void>(parse(text, rules)); });
  EXPECT_TRUE(sentence.starts_with("a.json: ")) << sentence;
  return sentence;
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

// Python 3.11's json.dumps({"a": nan, "b": [inf, -inf, 0.0, -1], "NaN": "Infinity \" NaN"}).
constexpr std::string_view kNotFinite =
    R"({"a": NaN, "b": [Infinity, -Infinity, 0.0, -1], "NaN": "Infinity \" NaN"})";

TEST(JsonDocument, TakesPythonsNotFiniteNumbersWhereItIsToldTo) {
  const nlohmann::json document = parse(std::string(kNotFinite), kPythonJson);
  EXPECT_TRUE(std::isnan(document["a"].get<double>()));
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(document["b"].get<std::vector<double>>(),
            (std::vector<double>{infinity, -infinity, 0, -1}));
  EXPECT_EQ(document["NaN"], "Infinity \" NaN");
  EXPECT_TRUE(std::isnan(
      parse_any_json(std::as_bytes(std::span("NaN", 3)), "a.json", kPythonJson).get<double>()));
  EXPECT_THAT(refusal(std::string(kNotFinite)), HasSubstr("malformed at byte 7"));
}

TEST(JsonDocument, TakesNothingElseThatIsNoNumber) {
  for (const char* value : {"-NaN", "NaN0", "1NaN", "nan", "+Infinity", "Infinity0", "--Infinity",
                            "NaN NaN", "Infinit", "NaNNaN", "-", "NaN.0", "_NaN"}) {
    EXPECT_THAT(refusal(concat("{\"a\": ", value, "}"), kPythonJson), HasSubstr("malformed"))
        << value;
  }
  EXPECT_THAT(refusal(R"({"a": NaN, "b": x})", kPythonJson), HasSubstr("malformed at byte 17"));
}

TEST(JsonDocument, GivesTheKeysOfAMemberInTheirOrder) {
  const std::string text =
      R"({"a": {"x": 1}, "b": {"z": {"q": 0}, "a": [{"p": 1}], "m": 2}, "c": 3})";
  const auto keys = [&](const std::string& key) {
    return json_keys_of(std::as_bytes(std::span(text)), key, "a.json");
  };
  EXPECT_THAT(keys("b"), testing::ElementsAre("z", "a", "m"));
  EXPECT_THAT(keys("c"), testing::IsEmpty());
  EXPECT_THAT(keys("none"), testing::IsEmpty());
}

TEST(JsonDocument, GivesWhatTheTextSays) {
  const nlohmann::json document = parse(R"({"b": [1, 2.5, null], "a": {"x": "ü"}})");
  EXPECT_EQ(document["b"][1], 2.5);
  EXPECT_EQ(document["a"]["x"], "ü");
}

TEST(JsonDocument, KeepsTheOrderOfMembersWhereItIsAskedTo) {
  const std::string text = R"({"z": 1, "a": {"c": 2, "b": 3}, "m": [{"y": 4}]})";
  const auto members = parse_json_members(std::as_bytes(std::span(text)), "a.json");
  ASSERT_EQ(members.size(), 3U);
  EXPECT_EQ(members[0].first, "z");
  EXPECT_EQ(members[1].first, "a");
  EXPECT_EQ(members[1].second["b"], 3);
  EXPECT_EQ(members[2].second[0]["y"], 4);
}

TEST(JsonDocument, RefusesInOneSentence) {
  EXPECT_THAT(refusal(""), HasSubstr("expected JSON, found it malformed at byte"));
  EXPECT_THAT(refusal("{\"a\":1} x"), HasSubstr("malformed at byte"));
  EXPECT_THAT(refusal("{\"a\": \"\xff\"}"), HasSubstr("malformed at byte"));
  EXPECT_THAT(refusal("[]"), HasSubstr("expected a JSON object, found array"));
  EXPECT_THAT(refusal("{\"a\": 1e999}"), HasSubstr("a number in it that no number type holds"));
  EXPECT_THAT(refusal("{\"a\": 1, \"b\": {\"a\": 2, \"a\": 3}}"),
              HasSubstr("expected keys that differ, found a twice"));
  EXPECT_THAT(refusal("{\"a\": 1}", {"a record", 4}),
              HasSubstr("expected a record of at most 4 bytes, found 8"));
}

// nlohmann's values are copied and compared recursively: 800 kB of brackets overflowed the stack.
TEST(JsonDocument, RefusesDepthHoweverTheTextGetsThere) {
  constexpr std::size_t kMany = 2'000'000;
  const std::string expected = "expected JSON nested at most 16 deep";
  for (const std::string open : {"[", "{\"a\":", "[[", "[{\"a\":"}) {
    EXPECT_THAT(refusal(repeated(open, kMany)), HasSubstr(expected)) << open;
  }
  EXPECT_THAT(refusal("{\"a\":" + repeated("[", kMany) + repeated("]", kMany) + "}"),
              HasSubstr(expected));
  EXPECT_NO_THROW(
      static_cast<void>(parse("{\"a\":" + repeated("[", 15) + repeated("]", 15) + "}")));
}

// Without a bound on their number 16 MiB of "{}," would take half a gigabyte.
TEST(JsonDocument, RefusesMoreValuesThanAnyFileHasUseFor) {
  const std::string expected = "expected JSON of at most 1048576 keys and values";
  EXPECT_THAT(refusal("{\"a\":[" + repeated("{},", 2'000'000) + "0]}"), HasSubstr(expected));
  EXPECT_THAT(refusal("{\"a\":[" + repeated("0,", 2'000'000) + "0]}"), HasSubstr(expected));
  EXPECT_NO_THROW(static_cast<void>(parse("{\"a\":[" + repeated("0,", 500'000) + "0]}")));
  // Half a minute, were the elements before each of them looked through at its end.
  EXPECT_NO_THROW(static_cast<void>(parse("{\"a\":[" + repeated("{},", 500'000) + "0]}")));
}

}  // namespace
}  // namespace sotto
