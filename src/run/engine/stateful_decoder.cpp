#include "run/engine/stateful_decoder.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace sotto {
namespace {

// Places of the layers' inputs (model/whisper/stateful_builders.h).
constexpr std::size_t kFirstAudioInput = 2;

// One row a beam, for as many beams as are usual, and short prompts; then coarser.
const std::vector<std::int64_t> kFrequentRows{1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 48};

}  // namespace

StatefulDecoder::StatefulDecoder(const Backend& backend,
                                 const std::shared_ptr<const GraphBuilder>& builder,
                                 const WhisperDims& dims)
    : dims_(dims), backend_(backend), positions_(to_float32(builder->positions())) {
  const auto load = [&](std::string name, GraphBuilder::Piece piece) {
    ModelPart part{.name = std::move(name)};
    part.graph = [builder, piece](std::int64_t rows) { return builder->build_piece(piece, rows); };
    part.frequent_lengths = kFrequentRows;
    return backend.load(part);
  };
  cross_ = load("decoder's cross projection", GraphBuilder::Piece::cross_projection);
  layers_ = load("decoder's layers", GraphBuilder::Piece::layers);
  head_ = load("decoder's head", GraphBuilder::Piece::head);
  for (const Signature::Port& port : cross_->signature().outputs) {
    audio_.push_back(backend.allocate(port.dtype, port.shape));
  }
  for (std::size_t i = 0; i < audio_.size(); ++i) {
    layers_->bind_input(kFirstAudioInput + i, audio_[i]);
  }
  cache_.resize(audio_.size());
  reserve(1);
}

void StatefulDecoder::add_positions(Tensor& embedded, std::int64_t first, std::int64_t step) const {
  const auto width = static_cast<std::size_t>(dims_.n_text_state);
  const std::span<float> rows = embedded.floats();
  auto position = static_cast<std::size_t>(first);
  for (std::size_t row = 0; row < rows.size(); row += width) {
    const auto table = std::span(positions_).subspan(position * width, width);
    std::transform(table.begin(), table.end(), rows.begin() + static_cast<std::ptrdiff_t>(row),
                   rows.begin() + static_cast<std::ptrdiff_t>(row), std::plus<>());
    position += static_cast<std::size_t>(step);
  }
}

void StatefulDecoder::begin_window(const Tensor& encoder_output) {
  const std::array<const Tensor*, 1> inputs{&encoder_output};
  std::vector<Tensor*> outputs;
  outputs.reserve(audio_.size());
  for (Tensor& tensor : audio_) outputs.push_back(&tensor);
  cross_->run(inputs, outputs);
}

void StatefulDecoder::reserve(std::int64_t slots) {
  if (slots <= slots_) return;
  for (std::size_t i = 0; i < cache_.size(); ++i) {
    Tensor larger =
        backend_.allocate(DType::float32, {slots, dims_.n_text_ctx, dims_.n_text_state});
    std::copy_n(cache_[i].data(), cache_[i].bytes(), larger.data());
    cache_[i] = std::move(larger);
    layers_->bind_input(kFirstAudioInput + audio_.size() + i, cache_[i]);
  }
  slots_ = slots;
}

void StatefulDecoder::run(const Tensor& embedded, const Tensor& slots, Tensor& hidden) {
  std::vector<const Tensor*> inputs(layers_->signature().inputs.size());
  inputs[0] = &embedded;
  inputs[1] = &slots;
  const std::array<Tensor*, 1> outputs{&hidden};
  layers_->run(inputs, outputs);
}

std::int64_t StatefulDecoder::step_bytes(std::int64_t position) const {
  const std::int64_t weights = layers_->weight_bytes() + head_->weight_bytes();
  if (weights == 0) return 0;
  std::int64_t bytes = weights;
  for (const Tensor& tensor : audio_) bytes += static_cast<std::int64_t>(tensor.bytes());
  const auto width = static_cast<std::int64_t>(size_of(DType::float32)) * dims_.n_text_state;
  return bytes + static_cast<std::int64_t>(cache_.size()) * position * width;
}

void StatefulDecoder::project(const Tensor& hidden, Tensor& logits) {
  const std::array<const Tensor*, 1> inputs{&hidden};
  const std::array<Tensor*, 1> outputs{&logits};
  head_->run(inputs, outputs);
}

}  // namespace sotto
