#include "run/verifier/device_output_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace sotto {
namespace {

using Json = nlohmann::ordered_json;

Json output_json(const OutputComparison& comparison) {
  Json json{{"graph", entry_of(comparison.given.graph).name},
            {"output", comparison.output},
            {"file", comparison.given.file.string()},
            {"stored_as", comparison.stored_as},
            {"shape", comparison.shape},
            {"largest_difference", comparison.difference.largest},
            {"largest_value", comparison.difference.largest_value},
            {"relative", comparison.difference.relative()},
            {"mean_difference", comparison.mean},
            {"cosine", comparison.cosine},
            {"rows", comparison.rows},
            {"rows_apart", comparison.rows_apart},
            {"first_row_apart", comparison.first_apart ? Json(*comparison.first_apart) : Json()},
            {"worst_row", comparison.worst_row},
            {"passed", comparison.passed()}};
  if (comparison.with_given && comparison.with_own) {
    json["decoded"] = {
        {"tokens_match", comparison.with_given->tokens == comparison.with_own->tokens},
        {"text", comparison.with_given->text},
        {"text_here", comparison.with_own->text}};
  }
  return json;
}

}  // namespace

std::string device_output_json(const Clip& clip, const std::vector<OutputComparison>& comparisons) {
  const bool passed = std::all_of(comparisons.begin(), comparisons.end(),
                                  [](const OutputComparison& one) { return one.passed(); });
  Json json{{"clip", clip.name()}, {"passed", passed}, {"outputs", Json::array()}};
  for (const OutputComparison& one : comparisons) json["outputs"].push_back(output_json(one));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sotto
