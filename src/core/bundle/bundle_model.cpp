#include "core/bundle/bundle_model.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/error.h"

namespace sotto {
namespace {

WhisperDims dims_of(const Manifest& manifest, const std::string& source) {
  WhisperDims dims;
  for (const DimField& field : dim_fields()) dims.*field.member = dim(manifest, field.name);
  check_dims(dims, source);
  if (manifest.frames < 2 || manifest.frames > 2 * dims.n_audio_ctx || manifest.frames % 2 != 0) {
    fail(ErrorKind::mismatch, source, ": expected an even number of frames from 2 to ",
         2 * dims.n_audio_ctx, ", found ", manifest.frames);
  }
  dims.n_audio_ctx = manifest.frames / 2;
  return dims;
}

// What lies in the folder must be as large as the dims say: there may be nothing else that they can
// be held to. Both files are float32 or float16 behind a header of NumPy's.
void check_stored(const Bundle& bundle, const WhisperDims& dims, const std::string& source) {
  constexpr std::uint64_t kLongestHeader = 4096;
  const std::array<std::pair<std::string_view, std::int64_t>, 2> tables{
      {{role::token_embedding, dims.n_vocab}, {role::position_embedding, dims.n_text_ctx}}};
  for (const auto& [role, rows] : tables) {
    if (!bundle.has(role)) continue;
    const FileRecord& file = bundle.record(role);
    const auto bytes = static_cast<std::uint64_t>(rows * dims.n_text_state) * sizeof(float);
    const auto fits = [&](std::uint64_t size) {
      return file.bytes >= size && file.bytes - size <= kLongestHeader;
    };
    if (fits(bytes) || fits(bytes / 2)) continue;
    fail(ErrorKind::mismatch, source, ": expected ", file.name, " to hold the ", bytes,
         " bytes of [", rows, ", ", dims.n_text_state,
         "] by the model's dims, or half of that in float16, found ", file.bytes);
  }
}

}  // namespace

BundleModel model_of(const Bundle& bundle) {
  const std::string source = (bundle.folder() / kManifestName).string();
  const Manifest& manifest = bundle.manifest();
  BundleModel model;
  model.dims = dims_of(manifest, source);
  check_stored(bundle, model.dims, source);
  model.layout = manifest.vocabulary ? manifest.vocabulary
                                     : published_layout(model.dims.n_vocab, model.dims.n_mels);
  check_alignment_heads(manifest.alignment_heads, model.dims, source);
  model.alignment_heads = manifest.alignment_heads;
  return model;
}

RankFile vocabulary_of(const Bundle& bundle, const BundleModel& model) {
  const std::int64_t n_vocab = model.dims.n_vocab;
  RankFile ranks = read_rank_file(bundle.file(role::vocabulary), n_vocab, model.layout);
  if (rows_of(ranks.layout) == n_vocab) return ranks;
  fail(ErrorKind::mismatch, bundle.folder().string(), ": expected the ", rows_of(ranks.layout),
       " tokens of its vocabulary, found a model of ", n_vocab);
}

}  // namespace sotto
