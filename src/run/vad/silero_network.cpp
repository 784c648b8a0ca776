#include "run/vad/silero_network.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/signatures/other_files.h"

namespace sotto {
namespace {

constexpr std::size_t kFrames = 4;  // of a chunk's transform
constexpr std::size_t kFrameSize = 256;
constexpr std::size_t kFrameHop = 128;
constexpr std::size_t kBins = kFrameSize / 2 + 1;
constexpr std::size_t kMirrored = 64;  // samples at the end of a chunk's window
constexpr std::size_t kTaps = 3;

enum class Activation { none, relu };

/// values [rows, Places] = layer · patches [depth, Places] + bias. A row's sums stay in registers.
template <std::size_t Places>
void multiply(const SileroLayer& layer, const std::vector<float>& patches,
              std::vector<float>& values, Activation activation) {
  for (std::size_t row = 0; row < layer.rows; ++row) {
    std::array<float, Places> sums;
    sums.fill(layer.bias[row]);
    const float* weights = layer.weights.data() + row * layer.depth;
    for (std::size_t k = 0; k < layer.depth; ++k) {
      const float* inputs = patches.data() + k * Places;
      for (std::size_t place = 0; place < Places; ++place)
        sums[place] += weights[k] * inputs[place];
    }
    if (activation == Activation::relu) {
      for (float& sum : sums) sum = std::max(sum, 0.0F);
    }
    std::copy(sums.begin(), sums.end(), values.begin() + static_cast<std::ptrdiff_t>(row * Places));
  }
}

/// What a convolution of three taps with a zero on either side sees at each of its places: from
/// values [channels, kBatch · Width] to patches [channels · 3, kBatch · (Width / Stride)].
template <std::size_t Width, std::size_t Stride>
void gather(const std::vector<float>& values, std::size_t channels, std::vector<float>& patches) {
  constexpr std::size_t kBatch = SileroNetwork::kBatch;
  constexpr std::size_t kPlaces = Width / Stride;
  std::array<float, Width + 2> chunk{};  // a zero on either side
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const float* in = values.data() + channel * kBatch * Width;
    float* out = patches.data() + channel * kTaps * kBatch * kPlaces;
    for (std::size_t i = 0; i < kBatch; ++i, in += Width, out += kPlaces) {
      std::copy_n(in, Width, chunk.begin() + 1);
      for (std::size_t tap = 0; tap < kTaps; ++tap) {
        for (std::size_t place = 0; place < kPlaces; ++place) {
          out[tap * kBatch * kPlaces + place] = chunk[place * Stride + tap];
        }
      }
    }
  }
}

float logistic(float value) { return 1 / (1 + std::exp(-value)); }

SileroWeights read_silero(const std::filesystem::path& path) {
  refuse_other_files(path, Wanted::vad_model);
  const auto file = MappedFile::open(path);
  return parse_silero(file->bytes(), path.string(), file);
}

}  // namespace

SileroNetwork::SileroNetwork(const std::filesystem::path& file)
    : SileroNetwork(read_silero(file)) {}

SileroNetwork::SileroNetwork(const SileroWeights& weights)
    : weights_(weights),
      hidden_columns_(weights.lstm_hidden.weights.size()),
      patches_(kBins * kTaps * kBatch * kFrames),
      values_(2 * kBins * kBatch * kFrames) {
  const SileroLayer& hidden = weights_.lstm_hidden;
  for (std::size_t row = 0; row < hidden.rows; ++row) {
    for (std::size_t k = 0; k < hidden.depth; ++k) {
      hidden_columns_[k * hidden.rows + row] = hidden.weights[row * hidden.depth + k];
    }
  }
}

void SileroNetwork::reset() {
  context_.fill(0);
  hidden_.fill(0);
  cell_.fill(0);
}

void SileroNetwork::listen(std::span<const float> samples, std::vector<float>& probabilities) {
  if (samples.size() % kChunk != 0 || samples.size() > kBatch * kChunk) {
    fail(ErrorKind::internal, "speech detection: expected up to ", kBatch, " chunks of ", kChunk,
         " samples, found ", samples.size(), " samples");
  }
  transform(samples);
  encode();
  for (std::size_t chunk = 0; chunk < samples.size() / kChunk; ++chunk) {
    probabilities.push_back(recall(chunk));
  }
}

/// Leaves the magnitudes [kBins, kBatch · kFrames] in values_. A chunk's window is the end of the
/// chunk before, the chunk, and its own end mirrored; chunks that are not there count as silence.
void SileroNetwork::transform(std::span<const float> samples) {
  constexpr std::size_t kPlaces = kBatch * kFrames;
  std::fill(patches_.begin(), patches_.end(), 0.0F);
  std::array<float, kContext + kChunk + kMirrored> window{};
  for (std::size_t chunk = 0; chunk < samples.size() / kChunk; ++chunk) {
    const auto heard = samples.subspan(chunk * kChunk, kChunk);
    std::copy(context_.begin(), context_.end(), window.begin());
    std::copy(heard.begin(), heard.end(), window.begin() + kContext);
    std::copy(heard.end() - kContext, heard.end(), context_.begin());
    std::reverse_copy(heard.end() - kMirrored - 1, heard.end() - 1, window.end() - kMirrored);
    for (std::size_t frame = 0; frame < kFrames; ++frame) {
      const float* begin = window.data() + frame * kFrameHop;
      float* place = patches_.data() + chunk * kFrames + frame;
      for (std::size_t i = 0; i < kFrameSize; ++i) place[i * kPlaces] = begin[i];
    }
  }
  multiply<kPlaces>(weights_.transform, patches_, values_, Activation::none);
  for (std::size_t i = 0; i < kBins * kPlaces; ++i) {
    const float cosine = values_[i];
    const float sine = values_[i + kBins * kPlaces];
    values_[i] = std::sqrt(cosine * cosine + sine * sine);
  }
}

/// From magnitudes to what the LSTM's gates get from the input, [4 · kHidden, kBatch], in values_.
void SileroNetwork::encode() {
  const auto& layers = weights_.convolutions;
  gather<4, 1>(values_, kBins, patches_);
  multiply<kBatch * 4>(layers[0], patches_, values_, Activation::relu);
  gather<4, 2>(values_, layers[0].rows, patches_);
  multiply<kBatch * 2>(layers[1], patches_, values_, Activation::relu);
  gather<2, 2>(values_, layers[1].rows, patches_);
  multiply<kBatch>(layers[2], patches_, values_, Activation::relu);
  gather<1, 1>(values_, layers[2].rows, patches_);
  multiply<kBatch>(layers[3], patches_, values_, Activation::relu);
  std::copy(values_.begin(), values_.begin() + kHidden * kBatch, patches_.begin());
  multiply<kBatch>(weights_.lstm_input, patches_, values_, Activation::none);
}

/// One step of the LSTM, whose gates are input, forget, cell and output, and the probability.
float SileroNetwork::recall(std::size_t chunk) {
  constexpr std::size_t kGates = 4 * kHidden;
  std::array<float, kGates> gates;
  for (std::size_t i = 0; i < kGates; ++i) {
    gates[i] = values_[i * kBatch + chunk] + weights_.lstm_hidden.bias[i];
  }
  for (std::size_t k = 0; k < kHidden; ++k) {
    const float* column = hidden_columns_.data() + k * kGates;
    for (std::size_t i = 0; i < kGates; ++i) gates[i] += hidden_[k] * column[i];
  }
  float sum = weights_.output.bias[0];
  for (std::size_t i = 0; i < kHidden; ++i) {
    cell_[i] = logistic(gates[kHidden + i]) * cell_[i] +
               logistic(gates[i]) * std::tanh(gates[2 * kHidden + i]);
    hidden_[i] = logistic(gates[3 * kHidden + i]) * std::tanh(cell_[i]);
    sum += weights_.output.weights[i] * std::max(hidden_[i], 0.0F);
  }
  return logistic(sum);
}

}  // namespace sotto
