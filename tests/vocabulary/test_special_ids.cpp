#include "gmock/gmock.h"
#include "nlohmann/json.hpp"

#include "core/base/error.h"
#include "model/vocabulary/special_ids.h"

namespace sotto {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

/// What transformers writes for Whisper's multilingual models before large-v3.
json generation() {
  return {{"eos_token_id", 50257},
          {"decoder_start_token_id", 50258},
          {"lang_to_id", {{"<|en|>", 50259}, {"<|zh|>", 50260}}},
          {"task_to_id", {{"transcribe", 50359}, {"translate", 50358}}},
          {"prev_sot_token_id", 50361},
          {"no_timestamps_token_id", 50363},
          {"is_multilingual", true}};
}

std::string refusal(const json& config) {
  try {
    static_cast<void>(layout_of(special_ids(config, "generation_config.json")));
    return "no refusal";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(SpecialIds, OfAGenerationConfigMakeALayout) {
  EXPECT_EQ(layout_of(special_ids(generation(), "g")), (VocabularyLayout{50257, 99, true}));
  json newest = generation();
  newest["task_to_id"] = {{"transcribe", 50360}, {"translate", 50359}};
  newest["prev_sot_token_id"] = 50362;
  newest["no_timestamps_token_id"] = 50364;
  EXPECT_EQ(layout_of(special_ids(newest, "g")), (VocabularyLayout{50257, 100, true}));
  const json english{{"eos_token_id", 50256},
                     {"decoder_start_token_id", 50257},
                     {"no_timestamps_token_id", 50362}};
  EXPECT_EQ(layout_of(special_ids(english, "g")), (VocabularyLayout{50256, 99, false}));
}

TEST(SpecialIds, NeedTheEndOfTextAndNoTimestamps) {
  EXPECT_EQ(layout_of(special_ids(json::object(), "g")), std::nullopt);
  EXPECT_EQ(layout_of(special_ids({{"eos_token_id", 50257}}, "g")), std::nullopt);
  EXPECT_EQ(layout_of(special_ids({{"no_timestamps_token_id", 50363}}, "g")), std::nullopt);
  // The end of text follows from what stands behind it, and the first of several counts.
  const json start{{"decoder_start_token_id", 50258}, {"no_timestamps_token_id", 50363}};
  EXPECT_EQ(layout_of(special_ids(start, "g")), (VocabularyLayout{50257, 99, true}));
  const json several{{"eos_token_id", {50257, 50400}}, {"no_timestamps_token_id", 50363}};
  EXPECT_EQ(layout_of(special_ids(several, "g")), (VocabularyLayout{50257, 99, true}));
}

TEST(SpecialIds, OfAnotherFormSayNothing) {
  for (const json& odd : {json("50363"), json(-1), json(1.5), json(nullptr), json::array()}) {
    json config = generation();
    config["no_timestamps_token_id"] = odd;
    EXPECT_EQ(layout_of(special_ids(config, "g")), std::nullopt) << odd;
  }
}

TEST(SpecialIds, MustStandInWhispersOrder) {
  json config = generation();
  config["lang_to_id"]["<|en|>"] = 50260;
  EXPECT_THAT(refusal(config), HasSubstr("generation_config.json: expected the special tokens in "
                                         "Whisper's order, <|en|> at 50259, found it at 50260"));
  config = generation();
  config["task_to_id"]["transcribe"] = 3;
  EXPECT_THAT(refusal(config), HasSubstr("<|transcribe|> at 50359, found it at 3"));
  config = generation();
  config["no_timestamps_token_id"] = 51000;
  EXPECT_THAT(refusal(config), HasSubstr("expected at most 100 languages"));
  config["no_timestamps_token_id"] = 5;
  EXPECT_THAT(refusal(config), HasSubstr("expected at most 100 languages"));
}

}  // namespace
}  // namespace sotto
