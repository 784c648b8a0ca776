#include <algorithm>

#include "gtest/gtest.h"

#include "compile/emitters/npy/npy_writer.h"
#include "compile/emitters/torchscript/torchscript_writer.h"
#include "model/checkpoint/bundle_reader.h"
#include "model/whisper/builders.h"

namespace sotto {
namespace {

class CountingSink : public ByteSink {
 public:
  void write(std::span<const std::byte> bytes) override { count_ += bytes.size(); }
  [[nodiscard]] double megabytes() const { return static_cast<double>(count_) / (1 << 20); }

 private:
  std::size_t count_ = 0;
};

// Every element of every tensor is the same zero: the sizes of a model without its weights.
Checkpoint zeros(std::string_view name) {
  const auto sizes = whisper_sizes();
  const auto size = std::find_if(sizes.begin(), sizes.end(),
                                 [&](const WhisperSize& known) { return known.name == name; });
  Checkpoint checkpoint;
  checkpoint.dims = size->dims;
  checkpoint.tensors = outline_tensors(checkpoint.dims);
  return checkpoint;
}

TEST(ArtifactSizes, OfBaseAreThoseThatNpuToolsExpect) {
  const Checkpoint base = zeros("base");
  CountingSink encoder, decoder, embedding;
  write_torchscript(build_encoder_core(base), encoder);
  write_torchscript(build_decoder_core(base), decoder);
  write_npy(base.tensors.at("decoder.token_embedding.weight"), embedding);
  EXPECT_NEAR(encoder.megabytes(), 78.7, 0.1);
  EXPECT_NEAR(decoder.megabytes(), 199.3, 0.1);
  EXPECT_NEAR(embedding.megabytes(), 101.3, 0.1);
}

}  // namespace
}  // namespace sotto
