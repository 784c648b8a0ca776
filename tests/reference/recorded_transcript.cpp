#include "reference/recorded_transcript.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/error.h"

namespace sotto::test {
namespace {

using nlohmann::json;

constexpr double kProbabilityTolerance = 1e-4;
constexpr double kExactTolerance = 1e-9;

struct Field {
  const char* name;
  double found;
  double tolerance;
};

/// The first of a segment's fields, tokens aside, that differs, as "name: found …, expected …".
std::optional<std::string> field_difference(const Segment& found, const json& expected,
                                            double rounding) {
  if (const std::string text = expected.at("text"); found.text != text) {
    return concat("text: found \"", found.text, "\", expected \"", text, "\"");
  }
  const Field fields[] = {
      {"id", static_cast<double>(found.id), 0},
      {"seek", static_cast<double>(found.seek), 0},
      {"start", found.start, kExactTolerance},
      {"end", found.end, kExactTolerance},
      {"temperature", found.temperature, 0},
      {"compression_ratio", found.compression_ratio, kExactTolerance},
      {"avg_logprob", found.avg_logprob, kProbabilityTolerance + rounding},
      {"no_speech_prob", found.no_speech_prob, kProbabilityTolerance},
  };
  for (const Field& field : fields) {
    const double value = expected.at(field.name);
    if (!(std::abs(field.found - value) <= field.tolerance)) {
      return concat(field.name, ": found ", field.found, ", expected ", value);
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> token_difference(const std::vector<TokenId>& found,
                                            const std::vector<TokenId>& expected) {
  if (found == expected) return std::nullopt;
  const auto places = std::mismatch(found.begin(), found.end(), expected.begin(), expected.end());
  return static_cast<std::size_t>(places.second - expected.begin());
}

/// How many tokens the segments before this one have of the same window.
std::size_t tokens_before(const json& segments, std::size_t index) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < index; ++i) {
    if (segments[i].at("seek") == segments[index].at("seek")) count += segments[i]["tokens"].size();
  }
  return count;
}

/// How far the reference's log-probabilities in the window at `seek` were from exact ones at most.
double rounding_at(const json& windows, std::int64_t seek) {
  double rounding = 0;
  for (const json& window : windows) {
    if (window.at("seek") == seek) rounding = std::max(rounding, window["rounding"].get<double>());
  }
  return rounding;
}

std::optional<Departure> segment_departure(const Segment& found, const json& segments,
                                           std::size_t index, const json& windows) {
  const json& expected = segments[index];
  Departure place;
  place.seek = std::min(found.seek, expected.at("seek").get<std::int64_t>());
  const auto field = field_difference(found, expected, rounding_at(windows, found.seek));
  const auto token = token_difference(found.tokens, expected.at("tokens"));
  if (!field && !token) return std::nullopt;
  place.what = concat("segment ", index, ", ", field.value_or("tokens"));
  // A window that only one of the two kept was left out for what it is as a whole.
  if (token && found.seek == expected.at("seek")) {
    place.token = tokens_before(segments, index) + *token;
    place.what += concat("; from token ", place.token, " of the window on");
  }
  return place;
}

double smallest(const json& steps, std::size_t count) {
  double margin = HUGE_VAL;
  for (std::size_t i = 0; i < std::min(count, steps.size()); ++i) {
    margin = std::min(margin, steps[i].get<double>());
  }
  return margin;
}

}  // namespace

std::optional<Departure> segments_departure(const std::vector<Segment>& found, const json& expected,
                                            const json& windows) {
  for (std::size_t i = 0; i < std::min(found.size(), expected.size()); ++i) {
    if (auto place = segment_departure(found[i], expected, i, windows)) return place;
  }
  if (found.size() == expected.size()) return std::nullopt;
  Departure place;
  place.what = concat(found.size(), " segments, expected ", expected.size());
  place.seek = found.size() > expected.size()
                   ? found[expected.size()].seek
                   : expected[found.size()].at("seek").get<std::int64_t>();
  return place;
}

std::optional<Departure> departure(const Transcript& found, const json& recorded) {
  const json& expected = recorded.at("result");
  const std::string language = expected.at("language");
  if (found.language != language) {
    Departure place;
    place.what = concat("language ", found.language, ", expected ", language);
    place.in_language = true;
    return place;
  }
  auto place_in_segments =
      segments_departure(found.segments, expected.at("segments"), recorded.at("windows"));
  if (place_in_segments) return place_in_segments;
  const std::string text = expected.at("text");
  if (found.text == text) return std::nullopt;
  Departure place;
  place.what = concat("text: found \"", found.text, "\", expected \"", text, "\"");
  return place;
}

double margin_at(const json& recorded, const Departure& place) {
  if (place.in_language) return recorded.at("language_margin");
  std::vector<const json*> windows;
  for (const json& window : recorded.at("windows")) {
    if (window.at("seek") == place.seek) windows.push_back(&window);
  }
  double margin = HUGE_VAL;
  for (const json* window : windows) {
    // A greedy window that was decoded once follows its tokens; beams and second tries do not.
    const bool followed = windows.size() == 1 && !window->at("beam").get<bool>() &&
                          place.token != Departure::kWholeWindow;
    margin = std::min(margin, smallest(window->at("steps"),
                                       followed ? place.token + 1 : Departure::kWholeWindow));
    if (!followed) margin = std::min(margin, window->at("decision").get<double>());
  }
  return margin;
}

}  // namespace sotto::test
