#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/small_model.h"
#include "cli/sotto_process.h"

#include "core/base/error.h"
#include "progress_bar.h"
#include "shown.h"
#include "support/files.h"
#include "table.h"

namespace sotto::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Shown, LeavesTextAsItIs) {
  const std::string text = "Straße\t模型\n\u0627\u200f e\u0301 \U0001F600 \\x1b";
  EXPECT_EQ(shown(text), text);
  EXPECT_EQ(shown_json(text), text);
  EXPECT_EQ(shown_on_a_line("模型 \U0001F600"), "模型 \U0001F600");
  EXPECT_EQ(shown(""), "");
}

TEST(Shown, MakesControlCharactersVisible) {
  EXPECT_EQ(shown("\x1b]0;title\x07"), "\\x1b]0;title\\x07");
  EXPECT_EQ(shown(std::string("a\0b\rc\x7f", 6)), "a\\x00b\\x0dc\\x7f");
  EXPECT_EQ(shown("\u009b31m"), "\\x9b31m");  // a control sequence in one character
  EXPECT_EQ(shown_on_a_line("a\nb\tc"), "a\\x0ab\\x09c");
  EXPECT_EQ(shown_on_a_line("\u202egnp.exe\u2028\u2066"), "\\u202egnp.exe\\u2028\\u2066");
}

TEST(Shown, MakesBytesVisibleThatAreNoText) {
  EXPECT_EQ(shown("caf\xe9.wav"), "caf\\xe9.wav");
  EXPECT_EQ(shown("\x9b"), "\\x9b");
  EXPECT_EQ(shown("\xf0\x9f\x98"), "\\xf0\\x9f\\x98");
  EXPECT_EQ(shown("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
}

TEST(Shown, KeepsTheMeaningOfJson) {
  const nlohmann::json json{{"name", "\x1b[31m\x7f\u009b模"}};
  const std::string text = shown_json(json.dump(2));
  EXPECT_EQ(nlohmann::json::parse(text), json);
  EXPECT_THAT(text, HasSubstr("\\u007f\\u009b模"));
  EXPECT_EQ(shown_json("\"\xff\""), "\"\ufffd\"");
}

TEST(Shown, OptionsAreFlags) {
  EXPECT_EQ(with_flags(concat("expected ", Option{"word_timestamps", "True"}, " with ",
                              Option{"beam_size"}, ", found word_timestamps=True")),
            "expected --word_timestamps True with --beam_size, found word_timestamps=True");
}

TEST(Shown, TablesKeepACellOnItsLine) {
  Table table({"na\nme", ">n"});
  table.add({"a\x1b[2J", "1"});
  EXPECT_EQ(table.text(),
            "na\\x0ame  n\n"
            "a\\x1b[2J  1\n");
}

TEST(Shown, ABarShortensWhatIsNoText) {
  EXPECT_THAT(progress_bar({std::string(40, '\x80'), 1, 2, 1}), HasSubstr("... ["));
  EXPECT_THAT(progress_bar({"a\x1b", 1, 2, 1}), HasSubstr("a\\x1b ["));
}

class ShownByTheProgram : public test::SmallModelTest {};

TEST_F(ShownByTheProgram, NamesInSentencesTablesAndJson) {
  const std::string name = path("模\x1b]0;x\x07\u009b.pt");
  std::filesystem::copy_file(path("model.pt"), name);
  const auto absent = test::run_sotto({"inspect", name + "\n2"});
  EXPECT_TRUE(test::is_one_sentence(absent.errors)) << absent.errors;
  EXPECT_THAT(absent.errors, HasSubstr("模\\x1b]0;x\\x07\\x9b.pt\\x0a2: "));
  const auto table = test::run_sotto({"inspect", name});
  EXPECT_EQ(table.exit_code, 0) << table.errors;
  EXPECT_THAT(table.output, HasSubstr("模\\x1b]0;x\\x07\\x9b.pt\n"));
  EXPECT_THAT(table.output, Not(HasSubstr("\x1b")));
  const auto json = test::run_sotto({"inspect", name, "--json"});
  EXPECT_THAT(json.output, Not(HasSubstr("\u009b")));
  EXPECT_THAT(nlohmann::json::parse(json.output).dump(), HasSubstr("\u009b.pt"));
}

TEST_F(ShownByTheProgram, WhatAVendorsToolSays) {
  ASSERT_EQ(test::run_sotto({"export", path("model.pt"), "-o", path("models"), "--name", "quick",
                             "--format", "tflite", "--quiet"})
                .exit_code,
            0);
  std::filesystem::create_directories(folder_ / "sdk/host/bin");
  const auto tool = folder_ / "sdk/host/bin/ncc-tflite";
  test::write_file(tool, "#!/bin/sh\nprintf 'error: \\033[2J\\302\\233 圖\\r\\n'; exit 7\n");
  std::filesystem::permissions(tool, std::filesystem::perms::owner_all);
  const auto run = test::run_sotto({"compile", path("models"), "--target", "mt8371", "--toolchain",
                                    "ncc", "--sdk", path("sdk")});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_TRUE(test::is_one_sentence(run.errors)) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("exit code 7: error: \\x1b[2J\\x9b 圖\\x0d (its"));
}

}  // namespace
}  // namespace sotto::cli
