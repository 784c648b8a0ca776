#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <iterator>
#include <random>

#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "run/vad/silero_network.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

constexpr std::size_t kChunk = SileroNetwork::kChunk;
using Rows = std::vector<std::vector<double>>;  // [channels][places]

SileroLayer random_layer(std::size_t rows, std::size_t depth, std::mt19937& random) {
  const auto reach = static_cast<float>(std::sqrt(3.0 / static_cast<double>(depth)));
  std::uniform_real_distribution<float> uniform(-reach, reach);
  SileroLayer layer{rows, depth, std::vector<float>(rows * depth), std::vector<float>(rows)};
  for (float& weight : layer.weights) weight = uniform(random);
  for (float& bias : layer.bias) bias = uniform(random);
  return layer;
}

SileroWeights random_weights() {
  std::mt19937 random(3);
  SileroWeights weights{random_layer(258, 256, random),
                        {random_layer(128, 387, random), random_layer(64, 384, random),
                         random_layer(64, 192, random), random_layer(128, 192, random)},
                        random_layer(512, 128, random),
                        random_layer(512, 128, random),
                        random_layer(1, 128, random)};
  std::fill(weights.transform.bias.begin(), weights.transform.bias.end(), 0.0F);
  return weights;
}

std::vector<float> noise(std::size_t count) {
  std::mt19937 random(11);
  std::uniform_real_distribution<float> uniform(-0.9F, 0.9F);
  std::vector<float> samples(count);
  for (float& sample : samples) sample = uniform(random);
  return samples;
}

double product(const SileroLayer& layer, std::size_t row, const std::vector<double>& values) {
  double sum = layer.bias[row];
  for (std::size_t i = 0; i < layer.depth; ++i) {
    sum += static_cast<double>(layer.weights[row * layer.depth + i]) * values[i];
  }
  return sum;
}

Rows convolution(const SileroLayer& layer, const Rows& input, int stride) {
  const auto width = static_cast<int>(input[0].size());
  Rows output(layer.rows);
  for (int centre = 0; centre < width; centre += stride) {
    std::vector<double> seen;
    for (const auto& channel : input) {
      for (int place = centre - 1; place <= centre + 1; ++place) {
        const bool inside = place >= 0 && place < width;
        seen.push_back(inside ? channel[static_cast<std::size_t>(place)] : 0);
      }
    }
    for (std::size_t row = 0; row < layer.rows; ++row) {
      output[row].push_back(std::max(0.0, product(layer, row, seen)));
    }
  }
  return output;
}

double logistic(double value) { return 1 / (1 + std::exp(-value)); }

/// The network chunk by chunk and in double, as its description reads.
std::vector<double> by_definition(const SileroWeights& weights, std::vector<float> samples) {
  samples.insert(samples.begin(), 64, 0.0F);
  std::vector<double> hidden(128);
  std::vector<double> cell(128);
  std::vector<double> probabilities;
  for (std::size_t start = 0; start + 576 <= samples.size(); start += kChunk) {
    std::vector<double> window(samples.begin() + static_cast<std::ptrdiff_t>(start),
                               samples.begin() + static_cast<std::ptrdiff_t>(start + 576));
    for (std::size_t i = 0; i < 64; ++i) window.push_back(window[574 - i]);
    Rows values(129);
    for (std::size_t frame = 0; frame < 4; ++frame) {
      const auto begin = window.begin() + static_cast<std::ptrdiff_t>(frame * 128);
      const std::vector<double> seen(begin, begin + 256);
      for (std::size_t bin = 0; bin < 129; ++bin) {
        values[bin].push_back(std::hypot(product(weights.transform, bin, seen),
                                         product(weights.transform, bin + 129, seen)));
      }
    }
    const int strides[] = {1, 2, 2, 1};
    for (std::size_t i = 0; i < 4; ++i) {
      values = convolution(weights.convolutions[i], values, strides[i]);
    }
    std::vector<double> input;
    for (const auto& channel : values) input.push_back(channel.at(0));
    std::vector<double> gates;
    for (std::size_t i = 0; i < 512; ++i) {
      gates.push_back(product(weights.lstm_input, i, input) +
                      product(weights.lstm_hidden, i, hidden));
    }
    for (std::size_t i = 0; i < 128; ++i) {
      cell[i] = logistic(gates[128 + i]) * cell[i] + logistic(gates[i]) * std::tanh(gates[256 + i]);
      hidden[i] = logistic(gates[384 + i]) * std::tanh(cell[i]);
    }
    std::vector<double> positive;
    std::transform(hidden.begin(), hidden.end(), std::back_inserter(positive),
                   [](double value) { return std::max(0.0, value); });
    probabilities.push_back(logistic(product(weights.output, 0, positive)));
  }
  return probabilities;
}

/// Hands `samples` over in portions of `chunks` chunks.
std::vector<float> heard(SileroNetwork& network, const std::vector<float>& samples,
                         std::size_t chunks) {
  network.reset();
  std::vector<float> probabilities;
  for (std::size_t start = 0; start < samples.size(); start += chunks * kChunk) {
    const std::size_t count = std::min(chunks * kChunk, samples.size() - start);
    network.listen(std::span(samples).subspan(start, count), probabilities);
  }
  return probabilities;
}

TEST(SileroNetwork, IsItsDefinition) {
  const SileroWeights weights = random_weights();
  const std::vector<float> samples = noise(21 * kChunk);
  SileroNetwork network(weights);
  const std::vector<double> expected = by_definition(weights, samples);
  const std::vector<float> found = heard(network, samples, SileroNetwork::kBatch);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-5) << i;
  EXPECT_NE(found[0], found[1]);
}

TEST(SileroNetwork, DoesNotCareHowTheChunksArrive) {
  SileroNetwork network(random_weights());
  const std::vector<float> samples = noise(21 * kChunk);
  const std::vector<float> expected = heard(network, samples, SileroNetwork::kBatch);
  for (const std::size_t chunks : {1U, 3U, 7U})
    EXPECT_EQ(heard(network, samples, chunks), expected);
}

TEST(SileroNetwork, RefusesBrokenChunks) {
  SileroNetwork network(random_weights());
  std::vector<float> probabilities;
  EXPECT_THROW(network.listen(noise(kChunk - 1), probabilities), Error);
  EXPECT_THROW(network.listen(noise(9 * kChunk), probabilities), Error);
  network.listen({}, probabilities);
  EXPECT_TRUE(probabilities.empty());
}

/// An environment variable for the life of this object.
class EnvironmentIs {
 public:
  EnvironmentIs(std::string name, const std::string& value) : name_(std::move(name)) {
    const char* before = std::getenv(name_.c_str());
    if (before != nullptr) before_ = before;
    ::setenv(name_.c_str(), value.c_str(), 1);
  }
  ~EnvironmentIs() { ::setenv(name_.c_str(), before_.c_str(), 1); }
  EnvironmentIs(const EnvironmentIs&) = delete;
  EnvironmentIs& operator=(const EnvironmentIs&) = delete;

 private:
  std::string name_;
  std::string before_;
};

std::string refusal(ErrorKind kind, const std::function<void()>& action) {
  return expect_error(kind, "", action);
}

TEST(SileroModel, IsLookedForWhereTheCallerOrTheEnvironmentSays) {
  const TempFolder folder;
  std::filesystem::create_directories(folder / "sotto/vad");
  for (const char* name : {"named.jit", "set.jit", "sotto/vad/silero_vad.jit"}) {
    std::ofstream(folder / name) << "x";
  }
  const EnvironmentIs cache("XDG_CACHE_HOME", folder.path().string());
  {
    const EnvironmentIs none("SOTTO_VAD_MODEL", "");
    EXPECT_EQ(vad_model_path(), folder / "sotto/vad/silero_vad.jit");
  }
  const EnvironmentIs set("SOTTO_VAD_MODEL", (folder / "set.jit").string());
  EXPECT_EQ(vad_model_path(), folder / "set.jit");
  EXPECT_EQ(vad_model_path(folder / "named.jit"), folder / "named.jit");
  const std::string message = refusal(
      ErrorKind::not_found, [&] { static_cast<void>(vad_model_path(folder / "absent.jit")); });
  EXPECT_EQ(message.rfind((folder / "absent.jit").string() + ": ", 0), 0U) << message;
  EXPECT_NE(message.find("tools/setup/fetch.sh vad"), std::string::npos) << message;
}

TEST(SileroModel, OfOtherBytesIsRefused) {
  const TempFolder folder;
  std::ofstream(folder / "a.jit") << "no archive";
  const std::string message = refusal(ErrorKind::format, [&] { SileroNetwork(folder / "a.jit"); });
  EXPECT_EQ(message.rfind((folder / "a.jit").string() + ": ", 0), 0U) << message;
}

class PublishedModel : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* path = std::getenv("SOTTO_VAD_MODEL");
    if (path == nullptr || *path == '\0')
      GTEST_SKIP() << "SOTTO_VAD_MODEL is not set: no Silero VAD";
    path_ = path;
  }

  std::filesystem::path path_;
};

TEST_F(PublishedModel, HearsNobodyInSilenceAndNoise) {
  SileroNetwork network(path_);
  for (const float probability : heard(network, std::vector<float>(100 * kChunk), 8)) {
    EXPECT_LT(probability, 0.1);
  }
  std::vector<float> hiss = noise(100 * kChunk);
  for (float& sample : hiss) sample *= 0.01F;
  for (const float probability : heard(network, hiss, 8)) EXPECT_LT(probability, 0.35);
}

TEST_F(PublishedModel, CutAnywhereIsRefusedInOneSentence) {
  const auto file = MappedFile::open(path_);
  const auto bytes = file->bytes();
  for (std::size_t part = 1; part < 40; ++part) {
    const auto cut = bytes.first(bytes.size() * part / 40);
    const std::string sentence =
        refusal_of([&] { static_cast<void>(parse_silero(cut, "cut.jit", file)); });
    EXPECT_TRUE(sentence.starts_with("cut.jit: ")) << sentence;
  }
}

}  // namespace
}  // namespace sotto::test
