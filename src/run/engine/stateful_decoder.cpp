#include "run/engine/stateful_decoder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <utility>

namespace sotto {
namespace {

// Places of the inputs (model/whisper/stateful_builders.h).
constexpr std::size_t kFirstCrossCache = 2;
constexpr std::size_t kFirstLayersCache = 3;

// One row a beam, for as many beams and windows as are usual, and short prompts; then coarser.
const std::vector<std::int64_t> kFrequentRows{1, 2, 3, 4, 5, 6, 7, 8, 16, 24, 32, 40, 48};

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
    kept_.push_back(backend.allocate(port.dtype, port.shape));
  }
  audio_.first_input = kFirstLayersCache;
  audio_.tensors.resize(cross_->signature().inputs.size() - kFirstCrossCache);
  text_.first_input = kFirstLayersCache + audio_.tensors.size();
  text_.tensors.resize(layers_->signature().inputs.size() - text_.first_input);
  reserve(1, 1);
}

void StatefulDecoder::add_positions(Tensor& embedded,
                                    std::span<const std::size_t> positions) const {
  const auto width = static_cast<std::size_t>(dims_.n_text_state);
  const std::span<float> rows = embedded.floats();
  for (std::size_t row = 0; row < positions.size(); ++row) {
    const auto table = std::span(positions_).subspan(positions[row] * width, width);
    const auto target = rows.subspan(row * width, width);
    std::transform(table.begin(), table.end(), target.begin(), target.begin(), std::plus<>());
  }
}

void StatefulDecoder::grow(Caches& caches, std::int64_t count) {
  if (count <= caches.count) return;
  for (std::size_t i = 0; i < caches.tensors.size(); ++i) {
    const Signature::Port& port = layers_->signature().inputs.at(caches.first_input + i);
    Shape shape = port.shape;
    shape.front() = count;
    Tensor larger = backend_.allocate(port.dtype, shape);
    Tensor& present = caches.tensors[i];
    if (caches.count > 0) std::memcpy(larger.data(), present.data(), present.bytes());
    // The one before lives until the executables know of the next.
    std::swap(present, larger);
    layers_->bind_input(caches.first_input + i, present);
    if (&caches == &audio_) cross_->bind_input(kFirstCrossCache + i, present);
  }
  caches.count = count;
}

void StatefulDecoder::reserve(std::int64_t slots, std::int64_t windows) {
  grow(text_, slots);
  grow(audio_, windows);
}

void StatefulDecoder::keep_window(const Tensor& encoder_output, std::int64_t window) {
  const auto number = static_cast<std::int32_t>(window);
  std::memcpy(window_.data(), &number, sizeof number);
  std::vector<const Tensor*> inputs(cross_->signature().inputs.size());
  inputs[0] = &encoder_output;
  inputs[1] = &window_;
  std::vector<Tensor*> outputs;
  outputs.reserve(kept_.size());
  for (Tensor& tensor : kept_) outputs.push_back(&tensor);
  cross_->run(inputs, outputs);
}

void StatefulDecoder::run(const Rows& rows, Tensor& hidden) {
  std::vector<const Tensor*> inputs(layers_->signature().inputs.size());
  inputs[0] = &rows.embedded;
  inputs[1] = &rows.slots;
  inputs[2] = &rows.windows;
  const std::array<Tensor*, 1> outputs{&hidden};
  layers_->run(inputs, outputs);
}

std::int64_t StatefulDecoder::step_bytes(std::int64_t position, std::int64_t windows) const {
  const std::int64_t weights = layers_->weight_bytes() + head_->weight_bytes();
  if (weights == 0) return 0;
  std::int64_t of_window = 0;
  for (const Tensor& audio : audio_.tensors) {
    of_window += static_cast<std::int64_t>(audio.bytes()) / audio_.count;
  }
  for (const Tensor& slots : text_.tensors) {
    of_window +=
        static_cast<std::int64_t>(slots.bytes()) / text_.count / dims_.n_text_ctx * position;
  }
  return weights + windows * of_window;
}

void StatefulDecoder::project(const Tensor& hidden, Tensor& logits) {
  const std::array<const Tensor*, 1> inputs{&hidden};
  const std::array<Tensor*, 1> outputs{&logits};
  head_->run(inputs, outputs);
}

}  // namespace sotto
