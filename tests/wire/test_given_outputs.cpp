#include <cmath>
#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>

#include "cli/small_model.h"
#include "cli/sotto_process.h"

#include "core/archive/npy_reader.h"
#include "core/archive/npy_writer.h"
#include "core/base/float16.h"
#include "run/verifier/device_output.h"
#include "support/files.h"
#include "wire/expect_refusal.h"

// What somebody computed on a board by other means, beside this machine's.

namespace sotto::test {
namespace {

using testing::HasSubstr;

std::string text_of(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

std::string halves_of(const std::vector<float>& values) {
  std::string text;
  for (const float value : values) {
    const std::uint16_t half = float32_to_float16(value);
    text.append(reinterpret_cast<const char*>(&half), sizeof half);
  }
  return text;
}

TEST(GivenOutputs, AreNamedByGraphAndOutput) {
  const GivenOutput encoder = parse_given_output("encoder=a=b.bin");
  EXPECT_EQ(encoder.graph, GraphKind::encoder);
  EXPECT_EQ(encoder.output, "");
  EXPECT_EQ(encoder.file, "a=b.bin");
  const GivenOutput values = parse_given_output("crosskv.cross_values=v.npy");
  EXPECT_EQ(values.graph, GraphKind::crosskv);
  EXPECT_EQ(values.output, "cross_values");
  for (const char* text : {"encoder", "encoder=", "=x", "decoder=x", "step=x", "encoders=x", ""}) {
    expect_refusal(ErrorKind::usage, "device-output: expected encoder=FILE",
                   [&] { (void)parse_given_output(text); });
  }
}

TEST(GivenOutputs, AreReadInEveryForm) {
  const TempFolder folder;
  const std::vector<float> values{0.5F, -1, 2, 0.25F, 1024, -0.125F};
  const Shape shape{1, 3, 2};
  write_file(folder / "f32", text_of(values));
  write_file(folder / "f16", halves_of(values));
  write_npy(folder / "whole.npy", shape, values);
  write_npy(folder / "without_one.npy", {3, 2}, values);
  for (const auto& [name, stored_as] :
       std::map<std::string, std::string>{{"f32", "float32"},
                                          {"f16", "float16"},
                                          {"whole.npy", "npy float32"},
                                          {"without_one.npy", "npy float32"}}) {
    const StoredNumbers stored = read_numbers(folder / name, "output", shape);
    EXPECT_EQ(stored.values, values) << name;
    EXPECT_EQ(stored.stored_as, stored_as);
  }
}

TEST(GivenOutputs, ThatDoNotFitSaySo) {
  const TempFolder folder;
  write_file(folder / "short", text_of({1, 2, 3, 4, 5}));
  expect_refusal(ErrorKind::mismatch,
                 "expected 24 bytes of float32 or 12 of float16, [1, 3, 2], the output, found 20",
                 [&] {
                   (void)read_numbers(folder / "short", "output", {1, 3, 2});
                 });
  write_npy(folder / "turned.npy", {1, 2, 3}, std::vector<float>(6));
  expect_refusal(ErrorKind::mismatch, "expected float32 or float16 [1, 3, 2], the output, found",
                 [&] {
                   (void)read_numbers(folder / "turned.npy", "output", {1, 3, 2});
                 });
  write_file(folder / "empty", "");
  expect_refusal(ErrorKind::mismatch, "found 0 bytes", [&] {
    (void)read_numbers(folder / "empty", "output", {1, 3, 2});
  });
}

OutputComparison compared(const std::vector<float>& here, const std::vector<float>& given) {
  OutputComparison comparison;
  comparison.shape = {1, static_cast<std::int64_t>(here.size() / 2), 2};
  compare_rows(here, given, comparison);
  return comparison;
}

TEST(GivenOutputs, AreComparedRowByRow) {
  const OutputComparison same = compared({3, 4, 0, 0}, {3, 4, 0, 0});
  EXPECT_EQ(same.difference.largest, 0);
  EXPECT_EQ(same.mean, 0);
  EXPECT_DOUBLE_EQ(same.cosine, 1);
  EXPECT_EQ(same.rows_apart, 0U);
  EXPECT_TRUE(same.passed());
  // Of 100, a number may be off by 1.
  const OutputComparison other = compared({100, 0, 0, 0, 0, 0}, {99.5, 0, 0, 2, -4, 0});
  EXPECT_EQ(other.rows, 3U);
  EXPECT_EQ(other.rows_apart, 2U);
  EXPECT_EQ(other.first_apart, 1U);
  EXPECT_EQ(other.worst_row, 2U);
  EXPECT_EQ(other.difference.largest, 4);
  EXPECT_DOUBLE_EQ(other.mean, 6.5 / 6);
  EXPECT_DOUBLE_EQ(other.cosine, 99.5 / std::sqrt(99.5 * 99.5 + 4 + 16));
  EXPECT_DOUBLE_EQ(compared({1, 2}, {-1, -2}).cosine, -1);
}

TEST(GivenOutputs, ThatAreNotFiniteDoNotPass) {
  for (const float odd :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const OutputComparison comparison = compared({1, 2, 3, 4}, {1, 2, odd, 4});
    EXPECT_EQ(comparison.rows_apart, 1U);
    EXPECT_EQ(comparison.first_apart, 1U);
    EXPECT_FALSE(comparison.passed());
  }
}

class GivenOutputRuns : public SmallModelTest {
 protected:
  void SetUp() override {
    SmallModelTest::SetUp();
    if (IsSkipped()) return;
    const ProgramRun exported =
        run_sotto({"export", path("model.pt"), "-o", path("bundle"), "--name", "quick", "--quiet",
                   "--vocabulary", vocabulary_path(quick_dims().n_vocab).string()});
    ASSERT_EQ(exported.exit_code, 0) << exported.errors;
    const ProgramRun dumped = run_sotto({"verify", path("bundle"), path("tone.wav:en"), "--dump",
                                         path("dump"), "--backend", "cpu", "--quiet"});
    ASSERT_EQ(dumped.exit_code, 0) << dumped.errors;
    encoded_ = to_float32(read_npy(folder_ / "dump/tone_baseline_encoder_output.npy"));
  }

  [[nodiscard]] ProgramRun compare(const std::string& file) const {
    return run_sotto({"verify", path("bundle"), path("tone.wav:en"), "--json", "--device-output",
                      "encoder=" + path(file)});
  }

  std::vector<float> encoded_;
};

TEST_F(GivenOutputRuns, PassWhereTheDecoderGivesTheTokens) {
  write_file(folder_ / "encoder.bin", halves_of(encoded_));
  const ProgramRun run = compare("encoder.bin");
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  const auto report = nlohmann::json::parse(run.output);
  const auto& output = report.at("outputs").at(0);
  EXPECT_EQ(report.at("passed"), true);
  EXPECT_EQ(output.at("stored_as"), "float16");
  EXPECT_EQ(output.at("rows"), 50);
  EXPECT_EQ(output.at("rows_apart"), 0);
  EXPECT_EQ(output.at("decoded").at("tokens_match"), true);
  // A half has 11 bits.
  EXPECT_LE(output.at("relative").get<double>(), std::ldexp(1.0, -11));
  EXPECT_GT(output.at("cosine").get<double>(), 0.99999);
}

TEST_F(GivenOutputRuns, FailWhereItDoesNot) {
  std::vector<float> zeros(encoded_.size());
  zeros[0] = std::numeric_limits<float>::quiet_NaN();
  write_file(folder_ / "encoder.bin", text_of(zeros));
  const ProgramRun run = compare("encoder.bin");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(nlohmann::json::parse(run.output).at("passed"), false);
  write_file(folder_ / "short.bin", text_of({1, 2, 3}));
  const ProgramRun refused = compare("short.bin");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_TRUE(is_one_sentence(refused.errors)) << refused.errors;
  EXPECT_THAT(refused.errors, HasSubstr("[1, 50, 64], the encoder_output, found 12 bytes"));
}

TEST_F(GivenOutputRuns, AreOfOneClip) {
  const ProgramRun run = run_sotto(
      {"verify", path("bundle"), path("tone.wav:en"), "b.wav", "--device-output", "encoder=x"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.errors, HasSubstr("--device-output: expected one clip"));
  const ProgramRun other = run_sotto(
      {"verify", path("bundle"), path("tone.wav:en"), "--device-output", "crosskv.keys=x"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.errors, HasSubstr("puts out cross_keys, cross_values, and no \"keys\""));
}

}  // namespace
}  // namespace sotto::test
