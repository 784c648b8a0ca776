#include "model/schema/dims.h"

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

// Far above any model there is, and far below where products of a few of them leave int64.
constexpr std::int64_t kLargestExtent = 1 << 20;
constexpr std::int64_t kMostLayers = 256;

void check_heads(std::int64_t state, std::int64_t heads, std::string_view part,
                 const std::string& source) {
  if (state % heads != 0) {
    fail(ErrorKind::mismatch, source, ": expected n_", part, "_state to be a multiple of n_", part,
         "_head, found ", state, " and ", heads);
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
    const bool is_layers = field.name.ends_with("_layer");
    const std::int64_t most = is_layers ? kMostLayers : kLargestExtent;
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
}

bool is_multilingual(const WhisperDims& dims) { return dims.n_vocab >= kMultilingual; }

}  // namespace sotto
