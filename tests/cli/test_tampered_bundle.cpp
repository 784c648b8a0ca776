// A bundle that somebody has changed, as a user meets it.
#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/small_model.h"
#include "cli/sotto_process.h"

#include "compile/compiler/mtk_conversion.h"
#include "core/bundle/bundle.h"
#include "core/bundle/graph_table.h"
#include "core/bundle/sha256.h"
#include "run/backends/registry.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "toolchains/fake_tool.h"
#include "torchscript/archive_entries.h"

namespace sotto::test {
namespace {

using testing::HasSubstr;

class TamperedBundle : public SmallModelTest {
 protected:
  void SetUp() override {
    SmallModelTest::SetUp();
    if (IsSkipped()) return;
    const auto run =
        run_sotto({"export", path("model.pt"), "-o", path("bundle"), "--name", "quick", "--quiet"});
    ASSERT_EQ(run.exit_code, 0) << run.errors;
  }

  static void skip_without_libtorch() {
    const auto names = backend_names();
    if (std::find(names.begin(), names.end(), "torchscript") == names.end()) {
      GTEST_SKIP() << "built without libtorch";
    }
  }

  [[nodiscard]] std::filesystem::path target() const { return folder_ / "written"; }

  /// Has the encoder write a file whenever it runs.
  void put_code_in() {
    const auto file =
        Bundle::open(path("bundle")).file(graph_role(GraphKind::encoder, Form::torchscript));
    const std::string bytes = read_file(file);
    ArchiveEntries entries = entries_of(std::as_bytes(std::span(bytes)));
    insert(entries, "/code/__torch__.py", "    return ",
           "    torch.save([1], \"" + target().string() + "\")\n");
    write_file(file, archive_of(entries));
  }

  /// Makes the manifest agree with the encoder's file in size and, where wanted, in hash.
  void describe(const std::string& sha256) {
    Manifest manifest = read_manifest(path("bundle"));
    for (FileRecord& file : manifest.files) {
      if (file.role != graph_role(GraphKind::encoder, Form::torchscript)) continue;
      file.bytes = std::filesystem::file_size(folder_ / "bundle" / file.name);
      file.sha256 = sha256.empty() ? sha256_of_file(folder_ / "bundle" / file.name) : sha256;
    }
    write_file(folder_ / "bundle" / kManifestName, manifest_text(manifest));
  }

  /// Changes one bit of the file of this role, in the middle.
  void damage(std::string_view role) {
    const auto file = Bundle::open(path("bundle")).file(role);
    std::string bytes = read_file(file);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    write_file(file, bytes);
  }

  [[nodiscard]] ProgramRun verify(const std::vector<std::string>& more = {}) const {
    return run({"verify", path("bundle"), path("tone.wav") + ":en"}, more);
  }
  [[nodiscard]] ProgramRun transcribe(const std::vector<std::string>& more = {}) const {
    return run({"transcribe", path("tone.wav"), "-m", path("bundle"), "-f", "none"}, more);
  }
  static ProgramRun run(std::vector<std::string> words, const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
    return run_sotto(words);
  }

  void expect_refused(const ProgramRun& run, const std::string& reason) const {
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
    EXPECT_THAT(run.errors, HasSubstr(reason));
    EXPECT_FALSE(std::filesystem::exists(target()));
  }
};

// What is read from a bundle becomes the graphs that were written to it, whatever they were made
// of.
TEST_F(TamperedBundle, AnUntouchedOneRunsInEveryForm) {
  skip_without_libtorch();
  if (IsSkipped()) return;
  for (const std::vector<std::string>& window : {std::vector<std::string>{}, {"--frames", "60"}}) {
    const auto exported = run({"export", path("model.pt"), "-o", path("bundle"), "--name", "quick",
                               "--format", "all", "--alignment", "--prefill", "5", "--quiet"},
                              window);
    ASSERT_EQ(exported.exit_code, 0) << exported.errors;
    for (const char* decoder : {"full", "kv"}) {
      const auto heard =
          transcribe({"--backend", "torchscript", "--decoder", decoder, "--word_timestamps", "True",
                      "--beam_size", "None", "--temperature_increment_on_fallback", "None"});
      EXPECT_EQ(heard.exit_code, 0) << heard.errors;
    }
  }
}

TEST_F(TamperedBundle, RunsNoCodeOfOthersThoughItsHashIsRight) {
  skip_without_libtorch();
  if (IsSkipped()) return;
  put_code_in();
  describe("");
  expect_refused(verify(), "encoder_quick_100.pt: expected the TorchScript that Sotto writes");
  expect_refused(transcribe({"--backend", "torchscript"}), "found other code at line ");
  expect_refused(transcribe({"--backend", "torchscript", "--check"}), "--trust");
}

TEST_F(TamperedBundle, RunsNoCodeOfOthersWhoseHashIsWrong) {
  skip_without_libtorch();
  if (IsSkipped()) return;
  const std::string before = read_manifest(path("bundle")).files.front().sha256;
  put_code_in();
  describe(before);
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"--trust"}}) {
    expect_refused(verify(more), "encoder_quick_100.pt: expected the SHA-256 " + before);
    auto on_torch = more;
    on_torch.insert(on_torch.end(), {"--backend", "torchscript"});
    expect_refused(transcribe(on_torch), "encoder_quick_100.pt: expected the SHA-256 " + before);
  }
}

TEST_F(TamperedBundle, RunsCodeOfOthersForThoseWhoTrustThem) {
  skip_without_libtorch();
  if (IsSkipped()) return;
  put_code_in();
  describe("");
  const auto transcribed = transcribe({"--backend", "torchscript", "--trust"});
  EXPECT_EQ(transcribed.exit_code, 0) << transcribed.errors;
  EXPECT_TRUE(std::filesystem::remove(target()));
  const auto verified = verify({"--trust"});
  EXPECT_EQ(verified.exit_code, 0) << verified.errors;
  EXPECT_TRUE(std::filesystem::exists(target()));
}

// The converter is a Python that loads the file too.
TEST_F(TamperedBundle, IsNotHandedToMediateksConverter) {
  const auto python = write_fake_tool(folder_ / "tool/python", "exit 1");
  const auto refusal = [&] {
    return refusal_of([&] {
      static_cast<void>(convert_by_mtk({path("bundle"), {python, {}}, {}, {}}));
    });
  };
  const std::string before = read_manifest(path("bundle")).files.front().sha256;
  put_code_in();
  describe("");
  EXPECT_THAT(refusal(), HasSubstr("found other code at line "));
  describe(before);
  EXPECT_THAT(refusal(), HasSubstr("expected the SHA-256 " + before));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "tool/arguments.txt"));  // nobody called it
}

TEST_F(TamperedBundle, VerifyComparesTheHashesOfAllFiles) {
  for (const std::string_view role : {role::token_embedding, role::metadata}) {
    damage(role);
    const std::string file = Bundle::open(path("bundle")).file(role).filename().string();
    const auto run = verify();
    expect_refused(run, file + ": expected the SHA-256 ");
    damage(role);
  }
}

TEST_F(TamperedBundle, CheckComparesTheHashesOfAllFiles) {
  EXPECT_EQ(transcribe({"--check"}).exit_code, 0);
  const auto whole = run_sotto({"inspect", path("bundle"), "--check"});
  EXPECT_EQ(whole.exit_code, 0);
  EXPECT_THAT(whole.output, HasSubstr("those of all files are as the manifest says"));
  damage(role::token_embedding);
  const std::string reason = "token_embedding.npy: expected the SHA-256 ";
  expect_refused(transcribe({"--check"}), reason);
  expect_refused(run_sotto({"inspect", path("bundle"), "--check"}), reason);
  EXPECT_EQ(transcribe().exit_code, 0);  // a size alone does not tell
}

TEST_F(TamperedBundle, ThereIsNothingToCheckInACheckpoint) {
  const auto inspected = run_sotto({"inspect", path("model.pt"), "--check"});
  EXPECT_EQ(inspected.exit_code, 2);
  EXPECT_THAT(inspected.errors, HasSubstr("model.pt: expected a bundle for --check"));
  const auto transcribed =
      run_sotto({"transcribe", path("tone.wav"), "-m", path("model.pt"), "-f", "none", "--check"});
  EXPECT_EQ(transcribed.exit_code, 2);
  EXPECT_TRUE(is_one_sentence(transcribed.errors)) << transcribed.errors;
}

}  // namespace
}  // namespace sotto::test
