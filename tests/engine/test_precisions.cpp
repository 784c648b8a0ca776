#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/bundle/vocabulary_file.h"
#include "run/engine/checkpoint/load_model.h"
#include "run/transcriber/transcriber.h"

// The committed model in every precision of the cpu back end.

namespace sotto::test {
namespace {

class Precisions : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    try {
      static_cast<void>(vocabulary_path(kMultilingualWords));
    } catch (const Error& absent) {
      GTEST_SKIP() << absent.what();
    }
  }

  /// Greedily, and with five beams.
  static std::vector<std::string> texts(Precision precision) {
    ModelOptions how;
    how.backend_options.precision = precision;
    how.backend_options.threads = 2;
    Model model = load_model("assets/demo/demo.pt", how);
    Transcriber transcriber(model);
    std::vector<std::string> all;
    for (const bool has_beams : {false, true}) {
      TranscribeOptions options;
      options.temperatures = {0};
      if (has_beams) options.decoding.beam_size = 5;
      const std::string clip = "assets/demo/clips/" + GetParam() + ".wav";
      all.push_back(transcriber.transcribe(clip, options).text);
    }
    return all;
  }
};

TEST_P(Precisions, GiveTheTextOfFloat32) {
  const std::vector<std::string> expected = texts(Precision::f32);
  for (const std::string& text : expected) EXPECT_NE(text, "");
  EXPECT_EQ(texts(Precision::automatic), expected);
  EXPECT_EQ(texts(Precision::bf16), expected);
  // It does not promise that; of a long row of digits it leaves out two.
  if (GetParam() != "demo_long") {
    EXPECT_EQ(texts(Precision::int8), expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Clips, Precisions, testing::Values("demo_en", "demo_zh", "demo_long"),
                         [](const auto& clip) { return clip.param; });

}  // namespace
}  // namespace sotto::test
