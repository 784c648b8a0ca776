#include "run/decoding/decode.h"

#include "run/decoding/one_window.h"
#include "run/decoding/search_batch.h"

namespace sotto {

DecodeResult decode(DecoderSession& session, const Tokenizer& tokenizer,
                    const DecodeOptions& options) {
  OneWindow window(session);
  SearchBatch searches(window, tokenizer);
  searches.begin(0, options);
  return searches.next().result;
}

}  // namespace sotto
