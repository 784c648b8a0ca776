#include "run/decoding/fallback.h"

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

DecodeOptions Attempts::next() {
  DecodeOptions decoding = window_;
  decoding.temperature = options_.temperatures.at(made_);
  decoding.seed = window_.seed + made_++;
  if (decoding.temperature > 0) {
    decoding.beam_size.reset();
    decoding.patience.reset();
  } else {
    decoding.best_of.reset();
  }
  return decoding;
}

bool Attempts::are_over(const DecodeResult& result) const {
  return made_ == options_.temperatures.size() || !needs_fallback(result, options_);
}

DecodeResult decode_with_fallback(DecoderSession& session, const Tokenizer& tokenizer,
                                  const TranscribeOptions& options, const DecodeOptions& window) {
  Attempts attempts(options, window);
  DecodeResult result;
  do {
    result = decode(session, tokenizer, attempts.next());
  } while (!attempts.are_over(result));
  return result;
}

bool is_silence(const DecodeResult& result, const TranscribeOptions& options) {
  if (!options.no_speech_threshold) return false;
  const bool probable =
      options.logprob_threshold && result.avg_logprob > *options.logprob_threshold;
  return result.no_speech_prob > *options.no_speech_threshold && !probable;
}

}  // namespace sotto
