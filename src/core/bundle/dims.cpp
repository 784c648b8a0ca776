#include "core/bundle/dims.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"

namespace sotto {
namespace {

constexpr std::array<DimField, 10> kFields{{
    {"n_mels", &WhisperDims::n_mels},
    {"n_audio_ctx", &WhisperDims::n_audio_ctx},
    {"n_audio_state", &WhisperDims::n_audio_state},
    {"n_audio_head", &WhisperDims::n_audio_head},
    {"n_audio_layer", &WhisperDims::n_audio_layer},
    {"n_vocab", &WhisperDims::n_vocab},
    {"n_text_ctx", &WhisperDims::n_text_ctx},
    {"n_text_state", &WhisperDims::n_text_state},
    {"n_text_head", &WhisperDims::n_text_head},
    {"n_text_layer", &WhisperDims::n_text_layer},
}};

struct Width {
  std::int64_t state, heads;
};
struct Layers {
  std::int64_t encoder, decoder;
};

constexpr std::int64_t kEnglish = 51864;
constexpr std::int64_t kMultilingual = 51865;
constexpr std::int64_t kMultilingual100 = 51866;  // large-v3 added Cantonese

constexpr WhisperDims dims_of(std::int64_t mels, std::int64_t vocab, Width width, Layers layers) {
  return {mels,  1500, width.state, width.heads, layers.encoder,
          vocab, 448,  width.state, width.heads, layers.decoder};
}

constexpr std::array<WhisperSize, 13> kSizes{{
    {"tiny", dims_of(80, kMultilingual, {384, 6}, {4, 4})},
    {"tiny.en", dims_of(80, kEnglish, {384, 6}, {4, 4})},
    {"base", dims_of(80, kMultilingual, {512, 8}, {6, 6})},
    {"base.en", dims_of(80, kEnglish, {512, 8}, {6, 6})},
    {"small", dims_of(80, kMultilingual, {768, 12}, {12, 12})},
    {"small.en", dims_of(80, kEnglish, {768, 12}, {12, 12})},
    {"medium", dims_of(80, kMultilingual, {1024, 16}, {24, 24})},
    {"medium.en", dims_of(80, kEnglish, {1024, 16}, {24, 24})},
    {"large-v2", dims_of(80, kMultilingual, {1280, 20}, {32, 32})},
    {"large-v1", dims_of(80, kMultilingual, {1280, 20}, {32, 32})},
    {"large-v3", dims_of(128, kMultilingual100, {1280, 20}, {32, 32})},
    {"large-v3-turbo", dims_of(128, kMultilingual100, {1280, 20}, {32, 4})},
    {"turbo", dims_of(128, kMultilingual100, {1280, 20}, {32, 4})},
}};

// Far above any model there is, and far below where products of a few of them leave int64. A file
// stores a number for each word, position and channel, but not for each pair of positions.
constexpr std::int64_t kLargestExtent = 1 << 20;
constexpr std::int64_t kMostLayers = 256;
constexpr std::int64_t kMostMels = 1024;
constexpr std::int64_t kMostAudio = 8192;   // 164 s; published models have 30
constexpr std::int64_t kMostText = 4096;    // published models have 448
constexpr std::int64_t kMostState = 16384;  // published models have at most 1280

// What is computed from dims alone: the largest published model has 45, 123 and 23 million.
constexpr std::int64_t kMostScores = 1 << 28;
constexpr std::int64_t kMostCached = 1 << 28;
constexpr std::int64_t kMostLogits = 1 << 27;

void check_heads(std::int64_t state, std::int64_t heads, std::string_view part,
                 const std::string& source) {
  if (state % heads != 0) {
    fail(ErrorKind::mismatch, source, ": expected n_", part, "_state to be a multiple of n_", part,
         "_head, found ", state, " and ", heads);
  }
}

std::int64_t most_of(std::string_view field) {
  if (field == "n_mels") return kMostMels;
  if (field == "n_audio_ctx") return kMostAudio;
  if (field == "n_text_ctx") return kMostText;
  if (field.ends_with("_state")) return kMostState;
  return field.ends_with("_layer") ? kMostLayers : kLargestExtent;
}

/// A model of a few stored numbers may still ask for gigabytes of what follows from its dims.
void check_products(const WhisperDims& dims, const std::string& source) {
  struct Product {
    std::string_view what, formula;
    std::int64_t found, most;
  };
  const std::int64_t longest = std::max(dims.n_audio_ctx, dims.n_text_ctx);
  const std::array<Product, 4> products{{
      {"scores of the encoder's attention", "n_audio_head · n_audio_ctx²",
       dims.n_audio_head * dims.n_audio_ctx * dims.n_audio_ctx, kMostScores},
      {"scores of the decoder's attention", "n_text_head · n_text_ctx · the longer context",
       dims.n_text_head * dims.n_text_ctx * longest, kMostScores},
      {"keys and values", "2 · n_text_layer · the longer context · n_text_state",
       2 * dims.n_text_layer * longest * dims.n_text_state, kMostCached},
      {"logits", "n_text_ctx · n_vocab", dims.n_text_ctx * dims.n_vocab, kMostLogits},
  }};
  for (const Product& product : products) {
    if (product.found <= product.most) continue;
    fail(ErrorKind::mismatch, source, ": expected dims with at most ", product.most, " ",
         product.what, " (", product.formula, "), found ", product.found);
  }
}

}  // namespace

std::span<const DimField> dim_fields() { return kFields; }

std::span<const WhisperSize> whisper_sizes() { return kSizes; }

std::optional<std::string_view> size_name(const WhisperDims& dims) {
  for (const WhisperSize& size : kSizes) {
    if (size.dims == dims) return size.name;
  }
  return std::nullopt;
}

void check_dims(const WhisperDims& dims, const std::string& source) {
  for (const DimField& field : kFields) {
    const std::int64_t value = dims.*field.member;
    const std::int64_t most = most_of(field.name);
    if (value < 1 || value > most) {
      fail(ErrorKind::mismatch, source, ": expected ", field.name, " from 1 to ", most, ", found ",
           value);
    }
  }
  check_heads(dims.n_audio_state, dims.n_audio_head, "audio", source);
  check_heads(dims.n_text_state, dims.n_text_head, "text", source);
  if (dims.n_audio_state != dims.n_text_state) {
    fail(ErrorKind::mismatch, source, ": expected n_text_state to equal n_audio_state (",
         dims.n_audio_state, "), found ", dims.n_text_state);
  }
  check_products(dims, source);
}

}  // namespace sotto
