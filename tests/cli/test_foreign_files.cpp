#include <algorithm>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <vector>

#include "cli/small_model.h"
#include "cli/sotto_process.h"

#include "signatures/foreign_files.h"
#include "support/files.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

using testing::HasSubstr;

using Words = std::vector<std::string>;

/// "FILE: expected …, found …; …" and nothing else.
void expect_refusal(const Words& words, const std::string& path, const std::string& what) {
  const ProgramRun run = run_sotto(words);
  EXPECT_EQ(run.exit_code, 1) << words.front() << ": " << run.output;
  EXPECT_TRUE(is_one_sentence(run.errors)) << words.front() << ": " << run.errors;
  EXPECT_EQ(run.output, "") << words.front();
  EXPECT_TRUE(run.errors.starts_with("sotto: " + path + ": expected ")) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr(", found " + what + "; ")) << words.front();
}

class ForeignModel : public testing::TestWithParam<ForeignFile> {
 protected:
  TempFolder folder_;
};

TEST_P(ForeignModel, IsNamedByEveryCommand) {
  const ForeignFile& file = GetParam();
  const std::string path = (folder_ / file.name).string();
  write_file(path, file.bytes);
  const Words commands[]{
      {"export", path, "-o", (folder_ / "out").string()},
      {"convert", path, (folder_ / "out.pt").string()},
      {"inspect", path},
      {"check", path},
      {"compile", path, "--target", "mt8371", "--toolchain", "ncc"},
      {"verify", path, "speech.wav"},
      {"transcribe", "speech.wav", "-m", path},
  };
  for (const Words& words : commands) expect_refusal(words, path, file.what);
  EXPECT_EQ(names_in(folder_.path()), Words{file.name});
}

std::string test_name(const testing::TestParamInfo<ForeignFile>& info) {
  std::string name = info.param.name;
  std::replace_if(
      name.begin(), name.end(), [](char letter) { return letter == '.' || letter == '-'; }, '_');
  return name;
}

/// One of what is called alike, for here each takes a process a command.
std::vector<ForeignFile> one_of_each() {
  std::set<std::string> seen;
  std::vector<ForeignFile> files = foreign_files();
  std::erase_if(files, [&](const ForeignFile& file) { return !seen.insert(file.what).second; });
  return files;
}

INSTANTIATE_TEST_SUITE_P(Program, ForeignModel, testing::ValuesIn(one_of_each()), test_name);

/// Where a model is at hand and something beside it is a file of another kind.
class ForeignInput : public SmallModelTest {
 protected:
  std::string write(const ForeignFile& file) {
    write_file(folder_ / file.name, file.bytes);
    return path(file.name);
  }

  /// One of each kind of table: by bytes, by a test, and what is not fetched.
  static std::vector<ForeignFile> some_files() {
    std::vector<ForeignFile> files = foreign_files();
    std::erase_if(files, [](const ForeignFile& file) {
      return file.name != "model.gguf" && file.name != "model.onnx" && file.name != "lfs.pt";
    });
    return files;
  }
};

TEST_F(ForeignInput, IsNamedAmongRecordings) {
  const std::vector<ForeignFile> files = foreign_files();
  Words words{"transcribe", "-m", path("model.pt"), "-f", "none", "--quiet"};
  for (const ForeignFile& file : files) words.push_back(write(file));
  const ProgramRun run = run_sotto(words);
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(run.output, "");
  EXPECT_EQ(std::count(run.errors.begin(), run.errors.end(), '\n'),
            static_cast<std::ptrdiff_t>(files.size()))
      << run.errors;
  for (const ForeignFile& file : files) {
    EXPECT_THAT(run.errors, HasSubstr("sotto: " + path(file.name) +
                                      ": expected a sound recording, found " + file.what));
  }
}

TEST_F(ForeignInput, IsNamedAsAVocabularyOrAModelOfSpeech) {
  for (const ForeignFile& file : some_files()) {
    const std::string name = write(file);
    expect_refusal(
        {"export", path("model.pt"), "-o", path("out"), "--name", "x", "--vocabulary", name}, name,
        file.what);
    expect_refusal({"transcribe", path("tone.wav"), "-m", path("model.pt"), "-f", "none", "--vad",
                    "--vad_model", name},
                   name, file.what);
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
}

TEST_F(ForeignInput, IsNamedBesideABundle) {
  const ProgramRun made =
      run_sotto({"export", path("model.pt"), "-o", path("bundle"), "--name", "x", "--quiet"});
  ASSERT_EQ(made.exit_code, 0) << made.errors;
  for (const ForeignFile& file : some_files()) {
    const std::string name = write(file);
    expect_refusal({"verify", path("bundle"), "--backend", "cpu", "--quiet", name + ":en"}, name,
                   file.what);
    expect_refusal({"verify", path("bundle"), "--backend", "cpu", "--quiet", "--checkpoint", name,
                    path("tone.wav:en")},
                   name, file.what);
    expect_refusal({"verify", path("bundle"), "--backend", "cpu", "--quiet", "--baseline", name,
                    path("tone.wav:en")},
                   name, file.what);
  }
}

TEST(ForeignFolder, IsNamedByEveryCommand) {
  const TempFolder folder;
  const std::string path = (folder / "saved").string();
  std::filesystem::create_directory(path);
  write_file(folder / "saved" / "saved_model.pb", "x");
  const std::string what = "a SavedModel of TensorFlow";
  expect_refusal({"export", path, "-o", (folder / "out").string()}, path, what);
  expect_refusal({"convert", path, (folder / "out.pt").string()}, path, what);
  expect_refusal({"inspect", path}, path, what);
  expect_refusal({"check", path}, path, what);
  expect_refusal({"compile", path, "--target", "mt8371", "--toolchain", "ncc"}, path, what);
  expect_refusal({"verify", path, "speech.wav"}, path, what);
  expect_refusal({"transcribe", "speech.wav", "-m", path}, path, what);
}

/// As `git clone` without Git LFS leaves a model of Hugging Face's.
TEST(ForeignFolder, MayHoldPointersOfGitLfs) {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "whisper");
  const std::string weights = (folder / "whisper" / "model.safetensors").string();
  const std::string pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
  write_file(weights, pointer);
  write_file(folder / "whisper" / "config.json", "{}");
  const std::string model = (folder / "whisper").string();
  expect_refusal({"inspect", model}, weights, "a pointer of Git LFS");
  std::filesystem::rename(weights, folder / "whisper" / "model.bin");
  expect_refusal({"inspect", model}, (folder / "whisper" / "model.bin").string(),
                 "a pointer of Git LFS");
}

}  // namespace
}  // namespace sotto::test
