#include <set>

#include "gtest/gtest.h"

#include "core/base/error.h"
#include "core/bundle/dims.h"
#include "model/schema/weights.h"
#include "support/expect_error.h"

namespace sotto {
namespace {

WhisperDims dims_of(std::string_view name) {
  for (const WhisperSize& size : whisper_sizes()) {
    if (size.name == name) return size.dims;
  }
  ADD_FAILURE() << "no size " << name;
  return {};
}

TEST(WeightTable, HasTheReferencesNumberOfTensorsForEverySize) {
  for (const WhisperSize& size : whisper_sizes()) {
    const auto table = weight_table(size.dims);
    const std::int64_t expected = 11 + 15 * size.dims.n_audio_layer + 24 * size.dims.n_text_layer;
    EXPECT_EQ(static_cast<std::int64_t>(table.size()), expected) << size.name;
    std::set<std::string> names;
    for (const WeightSpec& weight : table) {
      EXPECT_TRUE(names.insert(weight.name).second) << weight.name;
      EXPECT_GT(num_elements(weight.shape), 0) << weight.name;
    }
  }
}

// The published models' own sums, the encoder's sinusoids included.
TEST(WeightTable, AddsUpToThePublishedSizes) {
  EXPECT_EQ(parameter_count(dims_of("tiny")), 37'760'640);
  EXPECT_EQ(parameter_count(dims_of("base")), 72'593'920);
  EXPECT_EQ(parameter_count(dims_of("large-v3")), 1'543'490'560);
}

TEST(WeightTable, NamesWhatTheReferenceNames) {
  std::set<std::string> names;
  for (const WeightSpec& weight : weight_table(dims_of("base"))) names.insert(weight.name);
  EXPECT_TRUE(names.count("decoder.blocks.5.cross_attn.value.bias"));
  EXPECT_TRUE(names.count("encoder.blocks.0.mlp_ln.weight"));
  EXPECT_FALSE(names.count("encoder.blocks.0.attn.key.bias"));
}

TEST(Dims, KnowTheirPublishedNames) {
  for (const WhisperSize& size : whisper_sizes()) {
    EXPECT_NO_THROW(check_dims(size.dims, "model.pt"));
    EXPECT_TRUE(size_name(size.dims).has_value());
  }
  EXPECT_EQ(size_name(dims_of("base.en")), "base.en");
  EXPECT_EQ(size_name(dims_of("large-v1")), "large-v2");
  EXPECT_EQ(size_name(dims_of("turbo")), "large-v3-turbo");
  WhisperDims odd = dims_of("base");
  odd.n_text_layer = 2;
  EXPECT_EQ(size_name(odd), std::nullopt);
}

TEST(Dims, AreRefusedWithTheFieldThatIsWrong) {
  const auto message = [](auto change) {
    WhisperDims dims = dims_of("base");
    change(dims);
    return test::refusal_of([&] { check_dims(dims, "model.pt"); });
  };
  EXPECT_EQ(message([](WhisperDims& d) { d.n_mels = 0; }),
            "model.pt: expected n_mels from 1 to 1024, found 0");
  EXPECT_EQ(message([](WhisperDims& d) { d.n_text_ctx = 30000; }),
            "model.pt: expected n_text_ctx from 1 to 4096, found 30000");
  EXPECT_EQ(message([](WhisperDims& d) { d.n_audio_ctx = 1 << 20; }),
            "model.pt: expected n_audio_ctx from 1 to 8192, found 1048576");
  EXPECT_EQ(message([](WhisperDims& d) { d.n_audio_layer = 1 << 20; }),
            "model.pt: expected n_audio_layer from 1 to 256, found 1048576");
  EXPECT_EQ(message([](WhisperDims& d) { d.n_text_head = 7; }),
            "model.pt: expected n_text_state to be a multiple of n_text_head, found 512 and 7");
  EXPECT_EQ(message([](WhisperDims& d) { d.n_text_state = 1024; }),
            "model.pt: expected n_text_state to equal n_audio_state (512), found 1024");
}

// What no file stores must be bounded too, or a small file asks for gigabytes.
TEST(Dims, AreRefusedForWhatFollowsFromThem) {
  const auto message = [](auto change) {
    WhisperDims dims = dims_of("base");
    change(dims);
    return test::refusal_of([&] { check_dims(dims, "model.pt"); });
  };
  EXPECT_EQ(message([](WhisperDims& d) { d.n_audio_ctx = 8192; }),
            "model.pt: expected dims with at most 268435456 scores of the encoder's attention "
            "(n_audio_head · n_audio_ctx²), found 536870912");
  EXPECT_NE(message([](WhisperDims& d) {
              d.n_text_head = d.n_text_state;
              d.n_audio_ctx = 4096;
            }),
            "");
  EXPECT_NE(message([](WhisperDims& d) {
              d.n_text_layer = 256;
              d.n_audio_ctx = 3000;
            }),
            "");
  EXPECT_NE(message([](WhisperDims& d) {
              d.n_vocab = 1 << 20;
              d.n_text_ctx = 4096;
            }),
            "");
  EXPECT_EQ(message([](WhisperDims& d) { d.n_audio_ctx = 3000; }), "") << "a window of a minute";
  EXPECT_EQ(message([](WhisperDims& d) { d.n_text_ctx = 1024; }), "") << "longer texts";
}

}  // namespace
}  // namespace sotto
