#include "run/transcriber/plain_transcriber.h"

#include <utility>

#include "core/base/error.h"
#include "core/base/text.h"
#include "run/decoding/language_detection.h"
#include "run/decoding/plain_decoding.h"
#include "run/decoding/transcribe.h"
#include "run/engine/stopwatch.h"
#include "run/mel/mel.h"
#include "run/mel/samples.h"
#include "run/transcriber/open_recording.h"
#include "run/transcriber/tracing_session.h"

namespace sotto {

PlainTranscript PlainTranscriber::transcribe(const std::filesystem::path& audio,
                                             const PlainOptions& options) {
  PlainTranscript result;
  result.audio_file = audio;
  TranscribeOptions wanted;
  wanted.language = options.language;
  const auto language = requested_language(model_.tokenizer(), wanted);
  Tensor mel = listen(audio, result);
  const Stopwatch encoding;
  EncodedWindow window;
  model_.encode(mel, window);
  result.encode_time = encoding.seconds();
  write_down(window, language, options.trace, result);
  if (options.trace != nullptr) {
    options.trace->mel = std::move(mel);
    options.trace->encoder_output = std::move(window.encoder_output);
  }
  return result;
}

PlainTranscript PlainTranscriber::transcribe_encoded(Tensor encoder_output,
                                                     const PlainOptions& options) {
  const Shape expected{1, model_.dims().n_audio_ctx, model_.dims().n_audio_state};
  if (encoder_output.shape() != expected) {
    fail(ErrorKind::mismatch, "an encoder's output: expected ", to_string(expected), ", found ",
         to_string(encoder_output.shape()));
  }
  TranscribeOptions wanted;
  wanted.language = options.language;
  PlainTranscript result;
  EncodedWindow window;
  window.encoder_output = std::move(encoder_output);
  ++window.number;
  write_down(window, requested_language(model_.tokenizer(), wanted), options.trace, result);
  return result;
}

Tensor PlainTranscriber::listen(const std::filesystem::path& audio, PlainTranscript& result) {
  const Stopwatch listening;
  const double window = static_cast<double>(model_.frames() * kHopLength) / kSampleRate;
  const auto stream = open_samples(InputFile::open(audio));
  const std::vector<float> samples = read_samples(*stream, window);
  result.audio_seconds = static_cast<double>(samples.size()) / kSampleRate;
  Tensor mel = window_mel(samples, model_.dims().n_mels, model_.frames());
  result.audio_time = listening.seconds();
  return mel;
}

void PlainTranscriber::write_down(EncodedWindow& window, std::optional<TokenId> language,
                                  Trace* trace, PlainTranscript& result) {
  const Tokenizer& tokenizer = model_.tokenizer();
  const SpecialTokens& special = tokenizer.special();
  const Stopwatch decoding;
  const auto opened = model_.make_plain_session(window);
  DecoderSession& session = *opened;

  result.language = "en";
  if (special.multilingual) {
    result.language_detected = !language.has_value();
    if (!language) language = detect_language(session, special);
    result.language = language_of(special, *language).code;
  }

  std::vector<float> ignored;
  TracingSession traced(session, trace != nullptr ? trace->steps : 0,
                        trace != nullptr ? trace->logits : ignored);
  const auto prompt = plain_prompt(special, language.value_or(0));
  result.tokens = decode_greedily(traced, prompt, special.end_of_text);
  result.decode_time = decoding.seconds();
  result.text = strip_white_space(tokenizer.decode_text(result.tokens));
}

}  // namespace sotto
