#include <gtest/gtest.h>
#include <vector>

#include "core/base/error.h"
#include "core/bundle/vocabulary_file.h"
#include "model/checkpoint/openai_writer.h"
#include "run/decoding/plain_decoding.h"
#include "run/engine/checkpoint/load_model.h"
#include "support/random_checkpoint.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

/// A whole model on the cpu back end; skipped where its vocabulary is missing.
class ModelSessions : public testing::Test {
 protected:
  void SetUp() override {
    try {
      static_cast<void>(vocabulary_path(dims_.n_vocab));
    } catch (const Error& absent) {
      GTEST_SKIP() << absent.what();
    }
    write_openai_checkpoint(random_checkpoint(dims_), folder_ / "model.pt");
  }

  /// An encoder output of which every element is `value`.
  [[nodiscard]] EncodedWindow window(float value) const {
    EncodedWindow window;
    window.encoder_output = Tensor(DType::float32, {1, dims_.n_audio_ctx, dims_.n_audio_state});
    for (float& element : window.encoder_output.floats()) element = value;
    return window;
  }

  WhisperDims dims_{80, 50, 64, 2, 2, 51865, 16, 64, 2, 2};
  std::vector<TokenId> prompt_{50258, 50259, 50359};
  TempFolder folder_;
};

TEST_F(ModelSessions, HaveACacheAndDecodeAsTheFullDecoder) {
  Model model = load_model(folder_ / "model.pt", {.backend = "cpu"});
  Model full = load_model(folder_ / "model.pt", {.backend = "cpu", .decoder = DecoderKind::full});
  for (const float value : {0.5F, -2.0F}) {
    EncodedWindow encoded = window(value);
    EXPECT_EQ(decode_greedily(*model.make_session(encoded), prompt_, 50257),
              decode_greedily(*full.make_session(encoded), prompt_, 50257));
  }
}

TEST_F(ModelSessions, CountTheTimeThatTheirDecoderTakesToLoad) {
  Model model = load_model(folder_ / "model.pt", {.backend = "cpu"});
  const double loaded = model.load_time();
  model.warm_up_sessions(5);
  const double warm = model.load_time();
  EXPECT_GT(warm, loaded);
  EncodedWindow encoded = window(1.0F);
  static_cast<void>(model.make_session(encoded)->prefill(prompt_));
  EXPECT_EQ(model.load_time(), warm);  // nothing was loaded again
  static_cast<void>(model.decoder());
  EXPECT_GT(model.load_time(), warm);
}

}  // namespace
}  // namespace sotto::test
