#include <algorithm>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/bundle/sha256.h"
#include "run/backends/registry.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/model_part.h"
#include "support/temp_folder.h"
#include "torchscript/attacks.h"

// Files that would do something else than run the part, and libtorch, which would let them.

namespace sotto::test {
namespace {

using testing::HasSubstr;

class TorchScriptAttack : public testing::Test {
 protected:
  void SetUp() override {
    const auto names = backend_names();
    if (std::find(names.begin(), names.end(), "torchscript") == names.end()) {
      GTEST_SKIP() << "built without libtorch";
    }
    write_file(target(), std::string(4, '\0'));
  }

  /// What the attacks write to; not the working folder's, so that nothing else is found there.
  [[nodiscard]] std::filesystem::path target() const { return folder_ / "target"; }
  [[nodiscard]] std::filesystem::path file() const { return folder_ / "part.pt"; }

  [[nodiscard]] bool has_written() const {
    return read_file(target()) != std::string(4, '\0') ||
           names_in(folder_.path()) != std::vector<std::string>{"part.pt", "target"};
  }

  /// Loads the bytes as small_part() and runs it; gives the refusal.
  std::string refusal(const std::string& bytes, Trust trust, const std::string& sha256 = "") const {
    write_file(file(), bytes);
    ModelPart part = part_of("decoder", [](std::int64_t) { return small_part(); });
    part.trust = trust;
    part.files["torchscript"] = {file(), sha256};
    return refusal_of([&] {
      const auto executable = make_backend("torchscript")->load(part);
      const Tensor input(DType::float32, {1, 4, 2});
      Tensor output(DType::float32, {1, 4, 2});
      const Tensor* inputs[] = {&input};
      Tensor* outputs[] = {&output};
      executable->run(inputs, outputs);
    });
  }

  static std::string sha256_of(const std::string& bytes) {
    Sha256 hash;
    hash.write_text(bytes);
    return hash.finish();
  }

  TempFolder folder_;
};

TEST_F(TorchScriptAttack, OwnFilesRun) {
  const std::string own = torchscript_of(small_part());
  EXPECT_EQ(refusal(own, Trust::own_files), "");
  EXPECT_EQ(refusal(own, Trust::own_files, sha256_of(own)), "");
  EXPECT_FALSE(has_written());
}

TEST_F(TorchScriptAttack, NoneIsLoaded) {
  auto attacks = other_attacks();
  for (Attack& attack : writing_attacks(target())) attacks.push_back(std::move(attack));
  for (const Attack& attack : attacks) {
    const std::string said = refusal(attack.bytes, Trust::own_files, sha256_of(attack.bytes));
    EXPECT_TRUE(said.starts_with(file().string() + ": ")) << attack.name << ": " << said;
    EXPECT_THAT(said, HasSubstr(attack.found)) << attack.name;
    EXPECT_EQ(said.find('\n'), std::string::npos) << said;
    EXPECT_FALSE(has_written()) << attack.name;
  }
}

TEST_F(TorchScriptAttack, SaysWhatWasFoundAndHowToTrustIt) {
  const Attack attack = writing_attacks(target()).front();
  EXPECT_EQ(refusal(attack.bytes, Trust::own_files),
            file().string() +
                ": expected the TorchScript that Sotto writes for the decoder, found other code at "
                "line 15 (a file of others runs its own code here: trust, if you trust its "
                "maker)");
}

// They are what they are said to be: it is the check alone that stands between them and the disk.
TEST_F(TorchScriptAttack, EachWritesWhereItIsTrusted) {
  for (const Attack& attack : writing_attacks(target())) {
    write_file(target(), std::string(4, '\0'));
    EXPECT_EQ(refusal(attack.bytes, Trust::any_files), "") << attack.name;
    EXPECT_TRUE(has_written()) << attack.name;
  }
}

TEST_F(TorchScriptAttack, ATrustedFileMustHaveItsHashToo) {
  const std::string own = torchscript_of(small_part());
  for (const Trust trust : {Trust::own_files, Trust::any_files}) {
    const std::string said = refusal(own, trust, std::string(64, 'a'));
    EXPECT_THAT(said, HasSubstr("part.pt: expected the SHA-256 aaaa"));
  }
  for (const Attack& attack : writing_attacks(target())) {
    EXPECT_THAT(refusal(attack.bytes, Trust::any_files, sha256_of(own)), HasSubstr("SHA-256"));
  }
  EXPECT_FALSE(has_written());
}

TEST_F(TorchScriptAttack, ATrustedFileThatAsksForTooMuchIsRefused) {
  for (const Attack& attack : other_attacks()) {
    if (attack.name != "HugeView") continue;
    EXPECT_THAT(refusal(attack.bytes, Trust::any_files), HasSubstr("its forward() failed: "));
  }
}

}  // namespace
}  // namespace sotto::test
