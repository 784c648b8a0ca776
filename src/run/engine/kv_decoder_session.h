#pragma once

#include <memory>
#include <vector>

#include "run/engine/encoded_window.h"
#include "run/engine/kv_decoder.h"
#include "run/engine/token_embedding.h"
#include "run/engine/unchecked_session.h"

namespace sotto {

/// A session over the step and prefill graphs: every row has a cache of its own. A decoder
/// serves one session at a time. What the constructor
/// gets must outlive the session.
class KvDecoderSession : public UncheckedSession {
 public:
  KvDecoderSession(KvDecoder& decoder, const TokenEmbedding& embedding, EncodedWindow& window);
  ~KvDecoderSession() override { drop_rows(0); }

  [[nodiscard]] std::int64_t context() const override { return decoder_.dims().n_text_ctx; }
  std::span<const float> prefill(std::span<const TokenId> tokens,
                                 std::span<const std::size_t> positions) override;
  void reorder(std::span<const std::size_t> sources) override;
  std::span<const float> step(std::span<const TokenId> tokens) override;

 private:
  using CachePointer = std::unique_ptr<KvCache>;

  /// Gives the caches of the rows from `first` on back.
  void drop_rows(std::size_t first);
  std::span<const float> feed(std::span<const TokenId> tokens, KvCache& cache);

  KvDecoder& decoder_;
  const TokenEmbedding& embedding_;
  std::vector<CachePointer> rows_;
  std::vector<float> embedded_, logits_;
};

}  // namespace sotto
