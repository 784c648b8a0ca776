// Encoder output and logits against openai/whisper, through every way from weights to numbers.
#include <iostream>
#include <map>

#include "core/base/error.h"
#include "reference/exported.h"
#include "reference/oracle_data.h"
#include "run/engine/checkpoint/load_model.h"

namespace sotto::test {
namespace {

constexpr double kBound = 1e-4;  // of the largest absolute value

class Tensors : public ModelTest, public ::testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override {
    ModelTest::SetUp();
    if (IsSkipped()) return;
    if (!std::filesystem::exists(recorded("encoder.npy"))) {
      GTEST_SKIP() << "nothing was recorded for the model " << GetParam();
    }
    rows_ = read_json(oracle("tensors/rows.json")).get<std::map<std::string, std::vector<int>>>();
  }

  std::filesystem::path recorded(const std::string& name) const {
    return oracle("tensors") / GetParam() / name;
  }

  void expect_close(const std::string& what, std::span<const float> found,
                    std::span<const float> expected) const {
    const double ratio = relative_difference(found, expected);
    std::cout << GetParam() << ", " << what << ": " << ratio << " of the largest value\n";
    EXPECT_LE(ratio, kBound) << what;
  }

  void check(const std::string& way, Model& model) const {
    const Tensor encoded = check_encoder(way, model);
    const std::vector<TokenId> tokens = read_integers(recorded("tokens.npy"));
    for (const auto& [length, rows] : rows_) {
      const std::span fed = std::span(tokens).first(std::stoul(length));
      check_logits(concat(way, ", logits of ", length, " tokens"), model, fed, encoded);
    }
  }

 private:
  Tensor check_encoder(const std::string& way, Model& model) const {
    const Tensor mel = read_tensor(recorded("mel.npy"));
    const Tensor expected = read_tensor(recorded("encoder.npy"));
    Tensor encoded(DType::float32, expected.shape());
    const Tensor* const inputs[] = {&mel};
    Tensor* const outputs[] = {&encoded};
    model.encoder().run(inputs, outputs);
    expect_close(way + ", encoder output", encoded.floats(), expected.floats());
    return encoded;
  }

  void check_logits(const std::string& what, Model& model, std::span<const TokenId> tokens,
                    const Tensor& encoded) const {
    const auto length = static_cast<std::int64_t>(tokens.size());
    Tensor embedded(DType::float32, {1, length, model.embedding().width()});
    model.embedding().look_up(tokens, embedded.floats());
    Tensor logits(DType::float32, {1, length, model.dims().n_vocab});
    const Tensor* const inputs[] = {&embedded, &encoded};
    Tensor* const outputs[] = {&logits};
    model.decoder().run(inputs, outputs);
    const Tensor expected = read_tensor(recorded(concat("logits_", length, ".npy")));
    expect_close(what, kept_rows(logits, rows_.at(std::to_string(length))), expected.floats());
  }

  static std::vector<float> kept_rows(const Tensor& logits, const std::vector<int>& rows) {
    const std::size_t width = static_cast<std::size_t>(logits.shape()[2]);
    std::vector<float> kept;
    for (const int row : rows) {
      const auto values = logits.floats().subspan(static_cast<std::size_t>(row) * width, width);
      kept.insert(kept.end(), values.begin(), values.end());
    }
    return kept;
  }

  std::map<std::string, std::vector<int>> rows_;
};

TEST_P(Tensors, AgreeOnEveryWayFromWeightsToNumbers) {
  const Exported exported(checkpoint_of(GetParam()), GetParam());
  {
    Model model = load_model(exported.checkpoint(), {.backend = "cpu"});
    check("cpu from the checkpoint", model);
  }
  {
    Model model = load_model(exported.bundle(), {.backend = "cpu"});
    check("cpu from the bundle", model);
  }
  if (!has_torchscript()) return;
  Model model = load_model(exported.bundle(), {.backend = "torchscript"});
  check("torchscript from the bundle", model);
}

INSTANTIATE_TEST_SUITE_P(Models, Tensors,
                         ::testing::Values("base", "demo", "tiny_random", "large_v3_cut_random"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace sotto::test
