// The output files against those that openai/whisper's writers make of the same results.
#include <iostream>
#include <limits>
#include <map>

#include "reference/oracle_data.h"
#include "run/writers/writers.h"

namespace sotto::test {
namespace {

using Json = nlohmann::json;

double number(const Json& json) {
  return json.is_null() ? std::numeric_limits<double>::quiet_NaN() : json.get<double>();
}

Word word(const Json& json) {
  return {json.at("word"), json.at("start"), json.at("end"), json.at("probability")};
}

Segment segment(const Json& json) {
  Segment result{json.at("id"),
                 json.at("seek"),
                 json.at("start"),
                 json.at("end"),
                 json.at("text"),
                 json.at("tokens"),
                 json.at("temperature"),
                 number(json.at("avg_logprob")),
                 number(json.at("compression_ratio")),
                 number(json.at("no_speech_prob")),
                 {}};
  if (!json.contains("words")) return result;
  result.words.emplace();
  for (const Json& one : json.at("words")) result.words->push_back(word(one));
  return result;
}

Transcript transcript(const Json& json) {
  Transcript result{json.at("text"), {}, json.at("language")};
  for (const Json& one : json.at("segments")) result.segments.push_back(segment(one));
  return result;
}

std::optional<std::int64_t> optional_number(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return json.get<std::int64_t>();
}

SubtitleOptions options(const Json& way) {
  return {optional_number(way.at(1)), optional_number(way.at(2)), optional_number(way.at(3)),
          way.at(4)};
}

using Writers = OracleTest;

TEST_F(Writers, GiveTheReferencesBytes) {
  const std::filesystem::path recorded = oracle("writers/results.json");
  if (!std::filesystem::exists(recorded)) GTEST_SKIP() << "the oracle has no part `writers`";
  const std::map<std::string, OutputFormat> formats{{"txt", OutputFormat::txt},
                                                    {"vtt", OutputFormat::vtt},
                                                    {"srt", OutputFormat::srt},
                                                    {"tsv", OutputFormat::tsv}};
  std::size_t files = 0;
  const Json results = read_json(recorded);
  for (const Json& one : results) {
    const Transcript said = transcript(one.at("result"));
    EXPECT_EQ(format_transcript(said, OutputFormat::json), one.at("json")) << one.at("name");
    for (const Json& way : one.at("cases")) {
      const std::string text = format_transcript(said, formats.at(way.at(0)), options(way));
      ASSERT_EQ(text, one.at("texts").at(way.at(5).get<std::size_t>()))
          << one.at("name") << " " << way;
    }
    files += 1 + one.at("cases").size();
  }
  std::cout << files << " files of " << results.size() << " results equal\n";
}

}  // namespace
}  // namespace sotto::test
