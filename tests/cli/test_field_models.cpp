#include <functional>

#include "cli/field_model.h"
#include "cli/sotto_process.h"
#include "gmock/gmock.h"

#include "support/temp_folder.h"

namespace sotto::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// A change of the model and its files, and what `sotto transcribe` says of the outcome on stderr,
/// where the text is to be that of the model before.
struct Change {
  std::string name;
  std::function<void(FieldModel&, const std::filesystem::path&)> make;
  std::string note;
};

void with_tokenizer(const FieldModel& model, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  write_file(folder / "tokenizer.json", model.tokenizer_json().dump());
}

const std::vector<Change>& kind_changes() {
  using Folder = std::filesystem::path;
  static const std::vector<Change> changes{
      {"AsItIs", [](FieldModel&, const Folder&) {}, ""},
      {"OneTokenMore",
       [](FieldModel& model, const Folder&) {
         model.name_ids();
         model.add_rows(1);
       },
       "model.safetensors: of the 51866 rows of its token embedding the last 1 are left out"},
      {"OneRowMoreWithoutIds", [](FieldModel& model, const Folder&) { model.add_rows(1); },
       "the last 1 are left out"},
      {"RowsToAMultipleOf64",
       [](FieldModel& model, const Folder&) {
         model.name_ids();
         model.add_rows(39);
       },
       "the last 39 are left out"},
      {"TokenizerJson",
       [](FieldModel& model, const Folder& folder) { with_tokenizer(model, folder); }, ""},
      {"OtherIds",
       [](FieldModel& model, const Folder& folder) {
         for (std::int64_t id = 300; id < 40000; ++id) model.swap_words(id, 40000 + id % 9000);
         with_tokenizer(model, folder);
       },
       ""},
      {"FewerWords",
       [](FieldModel& model, const Folder& folder) {
         // Words of scripts that the model does not write.
         for (std::int64_t id = model.end() - 2; id > 50000; --id) model.remove_word(id);
         with_tokenizer(model, folder);
       },
       ""},
      {"HeadsOfAnotherModel",
       [](FieldModel& model, const Folder&) {
         model.generation["alignment_heads"] = {{25, 0}, {26, 3}};
       },
       "generation_config.json: expected alignment_heads within"},
  };
  return changes;
}

class FieldModels : public ::testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    if (std::getenv("SOTTO_VOCABULARY_DIR") == nullptr) {
      GTEST_SKIP() << "SOTTO_VOCABULARY_DIR names no folder";
    }
  }

  ProgramRun transcribe(const std::string& model) {
    return run_sotto({"transcribe", "assets/demo/clips/demo_en.wav", "-m", model, "-o",
                      (folder_ / "out").string(), "--language", "en", "-f", "json"});
  }
  std::string written() { return read_file(folder_ / "out" / "demo_en.json"); }

  TempFolder folder_;
};

TEST_P(FieldModels, GiveTheTextOfTheModelThatTheyAreOf) {
  const Change& change = kind_changes()[GetParam()];
  FieldModel model;
  const auto place = folder_ / "model";
  change.make(model, place);
  model.write(place);
  const ProgramRun run = transcribe(place.string());
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  if (change.note.empty()) {
    EXPECT_EQ(run.errors, "");
  } else {
    EXPECT_THAT(run.errors, HasSubstr(change.note));
  }
  const auto text = nlohmann::json::parse(written())["text"];
  ASSERT_EQ(transcribe("assets/demo/demo.pt").exit_code, 0);
  EXPECT_EQ(text, nlohmann::json::parse(written())["text"]);
  EXPECT_NE(text, "");
}

INSTANTIATE_TEST_SUITE_P(Kinds, FieldModels, ::testing::Range<std::size_t>(0, 8),
                         [](const auto& info) { return kind_changes()[info.param].name; });

using RefusedFieldModels = FieldModels;

TEST_F(RefusedFieldModels, HaveTheReasonInASentence) {
  FieldModel model;
  const std::string place = (folder_ / "model").string();
  model.write(place);
  const auto refused = [&](const std::string& sentence) {
    for (const bool exports : {true, false}) {
      const ProgramRun run = exports ? run_sotto({"export", place, "-o", (folder_ / "b").string()})
                                     : transcribe(place);
      EXPECT_EQ(run.exit_code, 1);
      EXPECT_THAT(run.errors, AllOf(HasSubstr(sentence), HasSubstr("sotto: " + place)));
      EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
    }
    EXPECT_FALSE(std::filesystem::exists(folder_ / "b"));
  };
  nlohmann::json tokenizer = model.tokenizer_json();
  tokenizer["model"]["type"] = "Unigram";
  write_file(folder_ / "model" / "tokenizer.json", tokenizer.dump());
  refused(
      "tokenizer.json: expected a byte-level BPE tokenizer, as Whisper's is, found the model "
      "Unigram");
  EXPECT_THAT(run_sotto({"inspect", place}).output, HasSubstr("found the model Unigram"));

  tokenizer = model.tokenizer_json();
  tokenizer["added_tokens"][2]["id"] = 50300;  // <|en|> or its like, where it does not belong
  write_file(folder_ / "model" / "tokenizer.json", tokenizer.dump());
  refused("tokenizer.json: expected");

  std::filesystem::remove(folder_ / "model" / "tokenizer.json");
  model.name_ids();
  model.cut_rows(2);
  model.write(place);
  refused("model.safetensors: expected a token embedding of at least 51865 rows");
}

}  // namespace
}  // namespace sotto::test
