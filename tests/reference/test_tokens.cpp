// Plain greedy tokens against openai/whisper on many clips, on both back ends.
#include <algorithm>
#include <cmath>
#include <iostream>

#include "reference/exported.h"
#include "reference/oracle_data.h"
#include "run/engine/checkpoint/load_model.h"
#include "run/transcriber/plain_transcriber.h"

namespace sotto::test {
namespace {

// Where the reference's own two best logits lie this close, rounding may decide between them.
constexpr double kUndecided = 1e-3;

struct ExpectedClip {
  std::string name, language;
  std::vector<TokenId> tokens;
  std::vector<double> margins;  // of the tokens after the prompt
};

// The step at which `found` leaves the expected sequence; nullopt where they are equal.
std::optional<std::size_t> first_difference(const std::vector<TokenId>& found,
                                            const std::vector<TokenId>& expected) {
  if (found == expected) return std::nullopt;
  const auto places = std::mismatch(found.begin(), found.end(), expected.begin(), expected.end());
  return static_cast<std::size_t>(places.second - expected.begin());
}

double margin_at(const ExpectedClip& clip, std::size_t place) {
  const std::size_t prompt = clip.tokens.size() - clip.margins.size();
  if (place < prompt || place >= clip.tokens.size()) return HUGE_VAL;
  return clip.margins[place - prompt];
}

class Tokens : public ModelTest, public ::testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override {
    ModelTest::SetUp();
    if (IsSkipped()) return;
    const nlohmann::json recorded = read_json(oracle("tokens/tokens.json"));
    for (const auto& run : recorded.at("runs")) {
      if (run.at("model") != GetParam()) continue;
      for (const auto& clip : run.at("clips")) {
        clips_.push_back(
            {clip.at("clip"), clip.at("language"), clip.at("tokens"), clip.at("margins")});
      }
    }
    if (clips_.empty()) GTEST_SKIP() << "nothing was recorded for the model " << GetParam();
  }

  /// Of the clips, every `stride`th is heard.
  void expect_equal_tokens(const std::filesystem::path& path, std::string_view backend,
                           DecoderKind decoder = DecoderKind::automatic,
                           std::size_t stride = 1) const {
    Model model = load_model(path, {.backend = std::string(backend), .decoder = decoder});
    PlainTranscriber transcriber(model);
    std::size_t equal = 0;
    std::size_t explained = 0, heard = 0;
    for (std::size_t i = 0; i < clips_.size(); i += stride, ++heard) {
      const ExpectedClip& clip = clips_[i];
      const auto found = transcriber.transcribe(oracle("tokens/clips") / clip.name,
                                                {.language = clip.language, .trace = nullptr});
      const auto place = first_difference(found.tokens, clip.tokens);
      if (!place) {
        ++equal;
      } else if (const double margin = margin_at(clip, *place); margin < kUndecided) {
        ++explained;
        std::cout << clip.name << ": differs from token " << *place
                  << " on, where the reference's two best logits are " << margin << " apart\n";
      } else {
        ADD_FAILURE() << backend << ", " << clip.name << ": token " << *place
                      << " differs, where the reference's margin is " << margin;
      }
    }
    std::cout << GetParam() << " on " << backend << ": " << equal << " of " << heard
              << " clips equal, " << explained << " explained\n";
  }

 private:
  std::vector<ExpectedClip> clips_;
};

TEST_P(Tokens, OfCpuFromTheCheckpointAreTheReferences) {
  expect_equal_tokens(checkpoint_of(GetParam()), "cpu");
}

TEST_P(Tokens, OfTorchscriptFromTheBundleAreTheReferences) {
  if (!has_torchscript()) GTEST_SKIP() << "this build has no torchscript back end";
  const Exported exported(checkpoint_of(GetParam()), GetParam());
  // libtorch runs base's whole decoder for every token, some nine seconds a clip. It computes the
  // graphs that the cpu back end does, and all clips are heard over the cache below.
  const std::size_t stride = GetParam() == "base" ? 3 : 1;
  expect_equal_tokens(exported.bundle(), "torchscript", DecoderKind::automatic, stride);
}

// The step and prefill graphs, which give what the full decoder gives.
TEST_P(Tokens, OfTheGraphsOverACacheAreTheReferences) {
  ExportOptions options;
  options.format = ExportFormat::all;
  options.name = GetParam();
  const Exported exported(checkpoint_of(GetParam()), options);
  expect_equal_tokens(exported.bundle(), "cpu", DecoderKind::kv);
  if (has_torchscript()) expect_equal_tokens(exported.bundle(), "torchscript", DecoderKind::kv);
  if (const auto absence = litert_absence(); !absence.empty()) GTEST_SKIP() << absence;
  expect_equal_tokens(exported.bundle(), "litert", DecoderKind::kv);
}

INSTANTIATE_TEST_SUITE_P(Models, Tokens, ::testing::Values("base", "demo"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace sotto::test
