#include "model/checkpoint/dims_from_shapes.h"

#include <string_view>

#include "core/base/error.h"

namespace sotto {
namespace {

constexpr std::int64_t kHeadWidth = 64;

class Shapes {
 public:
  Shapes(const TensorTable& found, const NameOf& name_of, const std::string& source)
      : found_(found), name_of_(name_of), source_(source) {}

  [[nodiscard]] const Shape& at(std::string_view openai_name, std::size_t rank) const {
    const std::string name = name_of_(openai_name);
    if (!found_.contains(name)) {
      fail(ErrorKind::mismatch, source_, ": expected the weights of a Whisper model, which has ",
           name, ", found none of this name");
    }
    const Shape& shape = found_.at(name).shape;
    if (shape.size() == rank) return shape;
    fail(ErrorKind::mismatch, source_, ": expected ", name, " with ", rank, " axes, found shape ",
         to_string(shape));
  }

  // Layers are numbered from zero without a gap.
  [[nodiscard]] std::int64_t layers(std::string_view half) const {
    std::int64_t count = 0;
    while (found_.contains(name_of_(concat(half, ".blocks.", count, ".mlp_ln.weight")))) ++count;
    return count;
  }

  [[nodiscard]] std::int64_t heads(std::int64_t width) const {
    if (width % kHeadWidth == 0) return width / kHeadWidth;
    fail(ErrorKind::mismatch, source_, ": expected dims, or a width that is a multiple of ",
         kHeadWidth, ", which tells the number of heads, found weights without dims and width ",
         width);
  }

 private:
  const TensorTable& found_;
  const NameOf& name_of_;
  const std::string& source_;
};

}  // namespace

WhisperDims dims_from_shapes(const TensorTable& found, const NameOf& name_of,
                             const std::string& source) {
  const Shapes shapes(found, name_of, source);
  const Shape& filters = shapes.at("encoder.conv1.weight", 3);
  const Shape& hearing = shapes.at("encoder.positional_embedding", 2);
  const Shape& writing = shapes.at("decoder.positional_embedding", 2);
  const Shape& words = shapes.at("decoder.token_embedding.weight", 2);
  WhisperDims dims;
  dims.n_mels = filters[1];
  dims.n_audio_ctx = hearing[0];
  dims.n_audio_state = filters[0];
  dims.n_audio_head = shapes.heads(dims.n_audio_state);
  dims.n_audio_layer = shapes.layers("encoder");
  dims.n_vocab = words[0];
  dims.n_text_ctx = writing[0];
  dims.n_text_state = words[1];
  dims.n_text_head = shapes.heads(dims.n_text_state);
  dims.n_text_layer = shapes.layers("decoder");
  check_dims(dims, source);
  return dims;
}

}  // namespace sotto
