#include "run/decoding/fallback.h"

#include <cstdint>

namespace sotto {
namespace {

bool needs_fallback(const DecodeResult& result, const TranscribeOptions& options) {
  const bool repeats = options.compression_ratio_threshold &&
                       result.compression_ratio > *options.compression_ratio_threshold;
  const bool improbable =
      options.logprob_threshold && result.avg_logprob < *options.logprob_threshold;
  const bool silent = options.no_speech_threshold &&
                      result.no_speech_prob > *options.no_speech_threshold && improbable;
  return (repeats || improbable) && !silent;
}

}  // namespace

DecodeResult decode_with_fallback(DecoderSession& session, const Tokenizer& tokenizer,
                                  const TranscribeOptions& options, const DecodeOptions& window) {
  DecodeResult result;
  std::uint64_t seed = window.seed;
  for (const double temperature : options.temperatures) {
    DecodeOptions decoding = window;
    decoding.temperature = temperature;
    decoding.seed = seed++;
    if (temperature > 0) {
      decoding.beam_size.reset();
      decoding.patience.reset();
    } else {
      decoding.best_of.reset();
    }
    result = decode(session, tokenizer, decoding);
    if (!needs_fallback(result, options)) break;
  }
  return result;
}

bool is_silence(const DecodeResult& result, const TranscribeOptions& options) {
  if (!options.no_speech_threshold) return false;
  const bool probable =
      options.logprob_threshold && result.avg_logprob > *options.logprob_threshold;
  return result.no_speech_prob > *options.no_speech_threshold && !probable;
}

}  // namespace sotto
