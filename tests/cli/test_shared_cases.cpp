#include <cstdlib>
#include <filesystem>
#include <map>

#include "cli/sotto_process.h"
#include "gmock/gmock.h"

#include "support/files.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// Files that somebody brought, where there is a folder of them: $SOTTO_SHARED/cases.
class SharedCases : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* shared = std::getenv("SOTTO_SHARED");
    if (shared != nullptr) cases_ = std::filesystem::path(shared) / "cases";
    if (cases_.empty() || !std::filesystem::is_directory(cases_)) {
      GTEST_SKIP() << "SOTTO_SHARED names no folder with cases";
    }
  }

  [[nodiscard]] std::string path(const std::string& name) const { return (cases_ / name).string(); }

  ProgramRun transcribe(const std::string& recording) {
    return run_sotto({"transcribe", recording, "-m", "assets/demo/demo.pt", "-o",
                      folder_.path().string(), "-f", "txt", "--language", "en"});
  }

  std::filesystem::path cases_;
  TempFolder folder_;
};

TEST_F(SharedCases, OfOtherKindsAreNamed) {
  const std::map<std::string, std::string> kinds{
      {"ggml_first_64_bytes.bin", "a ggml model of whisper.cpp"},
      {"lfs_pointer", "a pointer of Git LFS"},
      {"model.onnx", "an ONNX model"},
      {"model.pte", "a program of ExecuTorch"},
      {"web_page", "a web page"},
      {"x.gguf", "a GGUF file of llama.cpp"}};
  for (const auto& [name, what] : kinds) {
    const std::string file = path("other/" + name);
    for (const ProgramRun& run :
         {run_sotto({"export", file, "-o", (folder_ / "out").string()}), run_sotto({"check", file}),
          run_sotto({"inspect", file}), transcribe(file)}) {
      EXPECT_EQ(run.exit_code, 1) << file;
      EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
      EXPECT_THAT(run.errors, AllOf(HasSubstr(file), HasSubstr("found " + what), HasSubstr("; ")));
    }
  }
}

TEST_F(SharedCases, OfSoundGiveTheirText) {
  const std::map<std::string, std::string> texts{
      {"channels_cancel.wav", ""},
      {"hole_of_6s.mkv", "Set the kitchen temperature to twenty-one degrees.\n"},
      {"late_by_4s.mkv", "Set the kitchen temperature to twenty-one degrees.\n"},
      {"rifx.wav", "Wake me up at nine in the morning.\n"},
      {"short_800.wav", ""}};
  for (const auto& [name, text] : texts) {
    const ProgramRun run = transcribe(path("audio/" + name));
    ASSERT_EQ(run.exit_code, 0) << run.errors;
    std::string written = read_file(folder_ / std::filesystem::path(name).replace_extension("txt"));
    if (text.empty() && written == "\n") written.clear();  // a segment without words
    EXPECT_EQ(written, text) << name;
    const bool cancels = name == "channels_cancel.wav";
    EXPECT_EQ(run.errors.find("cancel each other out") != std::string::npos, cancels) << name;
  }
}

TEST_F(SharedCases, OfTFLiteAreJudged) {
  const auto verdict = [&](const std::string& name, std::vector<std::string> more) {
    more.insert(more.begin(), {"check", path("tflite/" + name), "--target"});
    return run_sotto(more);
  };
  EXPECT_EQ(verdict("full_int8.tflite", {"mt8371"}).exit_code, 0);
  EXPECT_THAT(verdict("full_int8.tflite", {"Dimensity 9400"}).output,
              HasSubstr("a scale a channel"));
  EXPECT_EQ(verdict("comp_rms_norm.tflite", {"mt6991", "--toolchain", "litert"}).exit_code, 0);
  EXPECT_THAT(verdict("comp_rms_norm.tflite", {"genio 700"}).output,
              HasSubstr("--toolchain litert"));
  EXPECT_THAT(verdict("while_loop.tflite", {"mt8371"}).output,
              HasSubstr("WHILE has no NPU operator"));
}

TEST_F(SharedCases, OfHeadsOfAnotherModelAreRead) {
  const std::string unpack =
      "tar xf " + path("tiny_heads.tar.xz") + " -C " + folder_.path().string();
  ASSERT_EQ(std::system(unpack.c_str()), 0);  // NOLINT(cert-env33-c)
  const std::string model = (folder_ / "tiny_heads").string();
  for (const ProgramRun& run :
       {run_sotto({"inspect", model}),
        run_sotto({"export", model, "-o", (folder_ / "out").string(), "--name", "tiny"}),
        run_sotto({"export", model, "-o", (folder_ / "own").string(), "--name", "tiny",
                   "--alignment-heads", "0:0"})}) {
    EXPECT_EQ(run.exit_code, 0) << run.errors;
    EXPECT_THAT(run.output + run.errors, HasSubstr("found [7, 0]: they are left out"));
  }
}

}  // namespace
}  // namespace sotto::test
