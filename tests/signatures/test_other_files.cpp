#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "checkpoint/checkpoint_bytes.h"
#include "core/signatures/other_files.h"
#include "signatures/foreign_files.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

using testing::HasSubstr;

constexpr Wanted kAll[]{Wanted::checkpoint,   Wanted::bundle,    Wanted::graph,
                        Wanted::inspectable,  Wanted::recording, Wanted::vocabulary,
                        Wanted::json,         Wanted::results,   Wanted::vad_model,
                        Wanted::wav_recording};

class OtherFiles : public testing::Test {
 protected:
  std::string refusal(const std::string& name, Wanted wanted) {
    const std::string path = (folder_ / name).string();
    return expect_error(ErrorKind::format, path + ": expected ",
                        [&] { refuse_other_files(folder_ / name, wanted); });
  }

  void expect_passes(const std::string& name, Wanted wanted) {
    EXPECT_NO_THROW(refuse_other_files(folder_ / name, wanted)) << name;
  }

  TempFolder folder_;
};

TEST_F(OtherFiles, AreRefusedWhateverIsWanted) {
  for (const ForeignFile& file : foreign_files()) {
    write_file(folder_ / file.name, file.bytes);
    for (const Wanted wanted : kAll) {
      if (file.bytes.empty() && wanted == Wanted::json) continue;  // the parser's sentence
      const std::string sentence = refusal(file.name, wanted);
      EXPECT_THAT(sentence, HasSubstr(", found " + file.what + "; "));
      EXPECT_FALSE(sentence.ends_with("; ")) << sentence;
    }
  }
}

TEST_F(OtherFiles, LeadOnToTheCheckpointOnlyWhereOneHelps) {
  for (const ForeignFile& file : foreign_files()) {
    write_file(folder_ / file.name, file.bytes);
    EXPECT_THAT(refusal(file.name, Wanted::checkpoint), HasSubstr("; " + file.way_on));
    EXPECT_THAT(refusal(file.name, Wanted::graph), HasSubstr("; " + file.way_on));
  }
  EXPECT_EQ(refusal("model.gguf", Wanted::checkpoint),
            (folder_ / "model.gguf").string() +
                ": expected a Whisper checkpoint, found a GGUF file of llama.cpp; name the "
                "checkpoint that it was converted from: OpenAI's .pt, or a folder of Hugging "
                "Face's or CTranslate2's");
  EXPECT_THAT(refusal("model.gguf", Wanted::recording),
              HasSubstr("; name one in any format of FFmpeg's"));
  EXPECT_THAT(refusal("model.gguf", Wanted::wav_recording), HasSubstr("; name a WAV file"));
  EXPECT_THAT(refusal("model.gguf", Wanted::bundle),
              HasSubstr("; name the folder that `sotto export` wrote"));
  EXPECT_THAT(refusal("lfs.pt", Wanted::recording), HasSubstr("`git lfs pull`"));
}

/// One of Sotto's own formats in the place of another.
TEST_F(OtherFiles, MayBeSottosOwn) {
  const SmallModel model = small_model();
  write_file(folder_ / "base.pt", torch_file(model).openai());
  write_file(folder_ / "x.safetensors", safetensors(hugging_face_tensors(model)));
  write_file(folder_ / "vocabulary.tiktoken", "IQ== 0\n");
  write_file(folder_ / "config.json", "{}");
  for (const Wanted wanted : {Wanted::checkpoint, Wanted::graph, Wanted::inspectable}) {
    expect_passes("base.pt", wanted);
    expect_passes("x.safetensors", wanted);
  }
  expect_passes("vocabulary.tiktoken", Wanted::vocabulary);
  expect_passes("vocabulary.tiktoken", Wanted::inspectable);
  expect_passes("config.json", Wanted::json);
  expect_passes("config.json", Wanted::inspectable);
  EXPECT_THAT(refusal("base.pt", Wanted::bundle), HasSubstr("found a file of PyTorch; "));
  EXPECT_THAT(refusal("base.pt", Wanted::vocabulary), HasSubstr("found a file of PyTorch; "));
  EXPECT_THAT(refusal("vocabulary.tiktoken", Wanted::checkpoint), HasSubstr("a vocabulary; "));
  EXPECT_THAT(refusal("config.json", Wanted::recording), HasSubstr("a JSON file; "));
  EXPECT_THAT(refusal("config.json", Wanted::vocabulary), HasSubstr("a JSON file; "));
}

TEST_F(OtherFiles, MayBeFolders) {
  std::filesystem::create_directory(folder_ / "saved");
  write_file(folder_ / "saved" / "saved_model.pb", "x");
  EXPECT_THAT(refusal("saved", Wanted::checkpoint),
              HasSubstr("found a SavedModel of TensorFlow; name the checkpoint"));
  std::filesystem::create_directory(folder_ / "whisper");
  write_file(folder_ / "whisper" / "model.safetensors", "x");
  expect_passes("whisper", Wanted::checkpoint);
  EXPECT_THAT(refusal("whisper", Wanted::bundle),
              HasSubstr("expected a bundle, found a Hugging Face checkpoint; "));
}

/// Nothing is there to be recognised; who opens it says so.
TEST_F(OtherFiles, AreNotMissing) {
  for (const Wanted wanted : kAll) {
    expect_passes("absent", wanted);
    EXPECT_NO_THROW(refuse_other_files(std::filesystem::path("/dev/null"), wanted));
    EXPECT_NO_THROW(refuse_other_files(folder_.path(), wanted));
  }
}

}  // namespace
}  // namespace sotto::test
