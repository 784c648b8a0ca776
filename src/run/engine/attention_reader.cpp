#include "run/engine/attention_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/error.h"
#include "core/bundle/graph_signatures.h"

namespace sotto {
namespace {

/// The file that is to be run gives some layers, which must be all that are wanted.
void check_file(const ModelSources& sources, const ModelPart& part, const Backend& backend,
                const std::vector<std::int64_t>& wanted) {
  if (part.files.empty() && !sources.graphs.empty()) {
    fail(ErrorKind::unavailable, sources.path.string(), ": word timestamps on the ", backend.name(),
         " back end need a file that this bundle lacks: export it with ", Option{"alignment"});
  }
  const PartFile* file = backend.file(part);
  if (file == nullptr) return;  // the back end says what it misses
  const auto layers = layers_in(part.signature, sources.dims);
  for (const std::int64_t layer : wanted) {
    if (std::binary_search(layers.begin(), layers.end(), layer)) continue;
    fail(ErrorKind::mismatch, file->path.string(), ": expected the attention of layer ", layer,
         ", which has alignment heads, found that of other layers alone: export it with ",
         Option{"alignment"}, " and these heads");
  }
}

std::size_t output_of(const Signature& signature, std::int64_t layer) {
  const std::string name = alignment_output(layer);
  const auto found = std::find_if(signature.outputs.begin(), signature.outputs.end(),
                                  [&](const Signature::Port& port) { return port.name == name; });
  if (found == signature.outputs.end()) {
    fail(ErrorKind::mismatch, "alignment decoder: expected an output ", name, ", found none");
  }
  return static_cast<std::size_t>(found - signature.outputs.begin());
}

}  // namespace

std::unique_ptr<AttentionReader> AttentionReader::load(const ModelSources& sources,
                                                       const Backend& backend,
                                                       const TokenEmbedding& embedding,
                                                       AlignmentHeads heads) {
  const auto layers = layers_of(heads);
  const ModelPart part = sources.part(GraphKind::alignment, layers);
  if (!backend.runs_graphs()) check_file(sources, part, backend, layers);
  return std::make_unique<AttentionReader>(backend.load(part), embedding, std::move(heads));
}

AttentionReader::AttentionReader(std::unique_ptr<Executable> decoder,
                                 const TokenEmbedding& embedding, AlignmentHeads heads)
    : decoder_(std::move(decoder)), embedding_(embedding), heads_(std::move(heads)) {
  const Signature& signature = decoder_->signature();
  const bool is_decoder = signature.inputs.size() == 2 && !signature.outputs.empty() &&
                          signature.inputs[0].shape.size() == 3 &&
                          signature.inputs[0].shape[2] == embedding.width();
  if (!is_decoder) {
    fail(ErrorKind::mismatch, "alignment decoder: expected token embeddings of width ",
         embedding.width(), " and encoder output in and scores out, found others");
  }
  context_ = signature.inputs[0].shape[1];
  for (const auto& [layer, head] : heads_) {
    outputs_.push_back(output_of(signature, layer));
    const Shape& shape = signature.outputs[outputs_.back()].shape;
    if (shape.size() != 4 || head < 0 || head >= shape[1]) {
      fail(ErrorKind::mismatch, "alignment decoder: expected scores of head ", head, " of layer ",
           layer, ", found ", to_string(shape));
    }
    layer_heads_ = shape[1];
    places_ = shape[3];
  }
}

AttentionScores AttentionReader::scores(std::span<const TokenId> tokens,
                                        const Tensor& encoder_output) {
  const auto length = static_cast<std::int64_t>(tokens.size());
  if (length < 1 || length > context_) {
    fail(ErrorKind::usage, "expected from 1 to ", context_, " tokens to align, found ", length);
  }
  resize(length);
  embedding_.look_up(tokens, embeddings_.floats());
  const std::array<const Tensor*, 2> inputs{&embeddings_, &encoder_output};
  std::vector<Tensor*> outputs;
  for (Tensor& layer : layers_) outputs.push_back(&layer);
  decoder_->run(inputs, outputs);

  const auto size = static_cast<std::size_t>(length * places_);
  scores_.resize(heads_.size() * size);
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    const auto head = static_cast<std::size_t>(heads_[i].second);
    const auto values = layers_[outputs_[i]].floats().subspan(head * size, size);
    std::copy(values.begin(), values.end(),
              scores_.begin() + static_cast<std::ptrdiff_t>(i * size));
  }
  return {static_cast<std::int64_t>(heads_.size()), length, places_, scores_};
}

void AttentionReader::resize(std::int64_t length) {
  if (embeddings_.shape() == Shape{1, length, embedding_.width()}) return;
  embeddings_ = Tensor(DType::float32, {1, length, embedding_.width()});
  layers_.clear();
  for (std::size_t i = 0; i < decoder_->signature().outputs.size(); ++i) {
    layers_.emplace_back(DType::float32, Shape{1, layer_heads_, length, places_});
  }
}

}  // namespace sotto
