#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <string>

#include "core/base/error.h"
#include "core/tflite/litert_files.h"
#include "support/files.h"
#include "support/temp_folder.h"

// Where LiteRT is looked for, among packages made up here.

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class LitertFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"SOTTO_LITERT", "VIRTUAL_ENV", "HOME", "XDG_CACHE_HOME"}) {
      const char* value = std::getenv(name);
      before_[name] = value == nullptr ? std::nullopt : std::optional<std::string>(value);
      ::unsetenv(name);
    }
    ::setenv("HOME", (folder_ / "home").c_str(), 1);
  }

  void TearDown() override {
    for (const auto& [name, value] : before_) {
      if (value) {
        ::setenv(name.c_str(), value->c_str(), 1);
      } else {
        ::unsetenv(name.c_str());
      }
    }
  }

  /// Makes a package inside this folder, with the library and nothing else.
  [[nodiscard]] fs::path make_package(const fs::path& inside) const {
    fs::path package = folder_ / inside / "ai_edge_litert";
    fs::create_directories(package);
    write_file(package / "libLiteRt.so", "");
    return package;
  }

  static std::string refusal(const fs::path& given) {
    try {
      return concat("found ", find_litert(given).library.string());
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::unavailable);
      return error.what();
    }
  }

  TempFolder folder_;
  std::map<std::string, std::optional<std::string>> before_;
};

TEST_F(LitertFilesTest, TakesAFolderOrTheLibraryItself) {
  const fs::path package = make_package("somewhere");
  EXPECT_EQ(find_litert(package).library, package / "libLiteRt.so");
  EXPECT_EQ(find_litert(package / "libLiteRt.so").library, package / "libLiteRt.so");
  EXPECT_EQ(find_litert(package / "libLiteRt.so").folder, package);
}

TEST_F(LitertFilesTest, LeavesToolsEmptyWhereThereAreNone) {
  const fs::path package = make_package("somewhere");
  EXPECT_TRUE(find_litert(package).apply_plugin.empty());
  EXPECT_TRUE(find_litert(package).mediatek_plugins.empty());
  EXPECT_TRUE(find_litert(package).version.empty());
  fs::create_directories(package / "tools");
  write_file(package / "tools" / "apply_plugin_main", "");
  fs::create_directories(package / "vendors" / "mediatek" / "compiler");
  fs::create_directories(package.parent_path() / "ai_edge_litert-2.3.0.dist-info");
  EXPECT_EQ(find_litert(package).apply_plugin, package / "tools" / "apply_plugin_main");
  EXPECT_EQ(find_litert(package).mediatek_plugins, package / "vendors" / "mediatek" / "compiler");
  EXPECT_EQ(find_litert(package).version, "2.3.0");
}

TEST_F(LitertFilesTest, PrefersWhatIsNamedThenTheActiveEnvironmentThenTheUsers) {
  const fs::path cached = make_package("home/.cache/sotto/litert");
  const fs::path user = make_package("home/.local/lib/python3.11/site-packages");
  EXPECT_EQ(find_litert({}).folder, user);  // rather than the cache's
  const fs::path active = make_package("venv/lib/python3.12/site-packages");
  ::setenv("VIRTUAL_ENV", (folder_ / "venv").c_str(), 1);
  EXPECT_EQ(find_litert({}).folder, active);
  ::setenv("SOTTO_LITERT", cached.c_str(), 1);
  EXPECT_EQ(find_litert({}).folder, cached);
  EXPECT_EQ(find_litert(user).folder, user);
}

TEST_F(LitertFilesTest, LooksAtTheCacheWhereverItIs) {
  const fs::path package = make_package("caches/sotto/litert");
  ::setenv("XDG_CACHE_HOME", (folder_ / "caches").c_str(), 1);
  const LitertFiles found = find_litert({});
  if (found.folder.string().starts_with("/usr/")) GTEST_SKIP() << "this machine has the package";
  EXPECT_EQ(found.folder, package);
}

TEST_F(LitertFilesTest, PutsNothingInThePlaceOfWhatWasNamed) {
  (void)make_package("home/.cache/sotto/litert");
  EXPECT_THAT(refusal(folder_ / "none"), HasSubstr((folder_ / "none").string()));
  EXPECT_THAT(refusal(folder_.path()), HasSubstr(folder_.path().string()));
  ::setenv("SOTTO_LITERT", (folder_ / "none").c_str(), 1);
  EXPECT_THAT(refusal({}), AllOf(HasSubstr("$SOTTO_LITERT"), HasSubstr("none")));
}

TEST_F(LitertFilesTest, SaysWhereItLookedAndHowToGetIt) {
  const std::string answer = refusal({});
  if (answer.starts_with("found /usr/")) GTEST_SKIP() << "this machine has the package";
  EXPECT_THAT(answer, AllOf(HasSubstr("ai-edge-litert"), HasSubstr("$SOTTO_LITERT"),
                            HasSubstr((folder_ / "home/.cache/sotto/litert").string())));
}

}  // namespace
}  // namespace sotto::test
