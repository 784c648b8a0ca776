#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sotto {

/// The numbers that fix a Whisper model, under the reference's own names.
struct WhisperDims {
  std::int64_t n_mels = 0;
  std::int64_t n_audio_ctx = 0;
  std::int64_t n_audio_state = 0;
  std::int64_t n_audio_head = 0;
  std::int64_t n_audio_layer = 0;
  std::int64_t n_vocab = 0;
  std::int64_t n_text_ctx = 0;
  std::int64_t n_text_state = 0;
  std::int64_t n_text_head = 0;
  std::int64_t n_text_layer = 0;

  bool operator==(const WhisperDims&) const = default;
};

/// A field of WhisperDims by its name, for readers, writers and messages.
struct DimField {
  std::string_view name;
  std::int64_t WhisperDims::*member;
};
[[nodiscard]] std::span<const DimField> dim_fields();

/// A published size; dims shared by several releases (large-v1, v2) stand under each name.
struct WhisperSize {
  std::string_view name;
  WhisperDims dims;
};
[[nodiscard]] std::span<const WhisperSize> whisper_sizes();

/// The published name of these dims ("base", "tiny.en", "large-v3", "large-v3-turbo"; "large-v2"
/// for the dims that v1 and v2 share); nullopt when no published model has them.
[[nodiscard]] std::optional<std::string_view> size_name(const WhisperDims& dims);

/// Throws mismatch, naming `source`, unless every field is within what a Whisper model can have:
/// all positive, audio and text state equal (cross-attention reads the one with the other's width),
/// state divisible by its heads, nothing so large that sizes could overflow, and at most a few
/// times of what the largest published model has of everything that no file stores: attention
/// scores, keys and values, logits, the causal mask.
void check_dims(const WhisperDims& dims, const std::string& source);

}  // namespace sotto
