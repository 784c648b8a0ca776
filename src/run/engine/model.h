#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bundle/alignment_heads.h"
#include "core/bundle/dims.h"
#include "run/backends/backend.h"
#include "run/decoding/decoder_session.h"
#include "run/engine/attention_reader.h"
#include "run/engine/checked_batch.h"
#include "run/engine/checked_session.h"
#include "run/engine/encoded_window.h"
#include "run/engine/kv_decoder.h"
#include "run/engine/model_sources.h"
#include "run/engine/stateful_decoder.h"
#include "run/engine/token_embedding.h"
#include "run/tokenizer/tokenizer.h"

namespace sotto {

/// How a model decodes.
enum class DecoderKind {
  automatic,  ///< stateful, else kv where its files are there, else full
  full,       ///< the full decoder: the whole sequence again at every step
  kv,         ///< the step and prefill graphs over a cache that the host keeps
  stateful,   ///< over the back end's own cache, where it keeps one
};

/// What a model is loaded with.
struct ModelOptions {
  std::string backend = "cpu";
  BackendOptions backend_options{};
  DecoderKind decoder = DecoderKind::automatic;
  Trust trust = Trust::own_files;  ///< of files that a vendor's runtime runs
};

/// A Whisper model loaded on one back end: both halves ready to run, and what they need besides. A
/// back end that keeps state can run the decoder in two ways; each is loaded when it is first asked
/// for, so that the weights are there once where only one is used. One thread at a time uses a
/// model; different ones may be used by different threads at once.
class Model {
 public:
  /// Throws with a sentence that names the file or the back end, or says what the kind of decoder
  /// lacks.
  [[nodiscard]] static Model load(ModelSources sources, const ModelOptions& options = {});

  /// Another model of the same sources with the same options, for another thread: it shares the
  /// weights, as far as its back end can (Backend::sibling()). Its load_time() is its own.
  [[nodiscard]] Model sibling() const;

  [[nodiscard]] const std::filesystem::path& path() const { return sources_->path; }
  /// The published size ("base") or, where there is none, the file's name.
  [[nodiscard]] const std::string& name() const { return sources_->name; }
  [[nodiscard]] const std::string& backend() const { return backend_name_; }
  /// What that computes on.
  [[nodiscard]] ComputeDevice device() const { return backend_->device(); }
  /// In what that computes (Backend::precision()).
  [[nodiscard]] std::string precision() const { return backend_->precision(); }
  /// The form of the files that its back end runs; empty where it runs graphs.
  [[nodiscard]] std::string_view form() const { return backend_->form(); }
  /// Where the encoder's window is cut, n_audio_ctx is what is left of it.
  [[nodiscard]] const WhisperDims& dims() const { return sources_->dims; }
  /// What a person should know of how it was read.
  [[nodiscard]] const std::vector<std::string>& notes() const { return sources_->notes; }
  /// Mel frames (10 ms each) of the encoder's window.
  [[nodiscard]] std::int64_t frames() const { return sources_->frames(); }
  /// Seconds that loading took, warm-up and what was loaded later included.
  [[nodiscard]] double load_time() const { return load_time_; }
  /// Adds what reading the sources took.
  void add_load_time(double seconds) { load_time_ += seconds; }

  /// What it was put together from.
  [[nodiscard]] const ModelSources& sources() const { return *sources_; }
  /// How its sessions decode; not automatic.
  [[nodiscard]] DecoderKind decoder_kind() const { return kind_; }
  /// StatefulDecoder::step_bytes(); 0 where sessions decode otherwise.
  [[nodiscard]] std::int64_t step_bytes(std::int64_t position, std::int64_t windows = 1);

  /// Whether sessions run the step and prefill graphs.
  [[nodiscard]] bool decodes_with_kv() const { return kind_ == DecoderKind::kv; }

  /// The parts, each loaded when it is first asked for.
  [[nodiscard]] Executable& part(GraphKind kind);
  [[nodiscard]] Executable& encoder() { return part(GraphKind::encoder); }
  /// The full decoder (build_decoder_core).
  [[nodiscard]] Executable& decoder() { return part(GraphKind::decoder); }
  [[nodiscard]] const TokenEmbedding& embedding() const { return *embedding_; }
  [[nodiscard]] const Tokenizer& tokenizer() const { return *tokenizer_; }

  /// Makes ready what word timestamps need: sessions that are made from now on give the scores of
  /// these alignment heads, or of the model's own, or the usual ones. Sessions made before are at
  /// an end. Throws what complete_alignment_heads() and AttentionReader::load() throw.
  AttentionReader& load_attention(const std::optional<AlignmentHeads>& heads = std::nullopt);

  /// mel [1, n_mels, frames] → what the decoder in use reads, into `window`, whose memory is used
  /// again. Sessions over what was in it are at an end.
  void encode(const Tensor& mel, EncodedWindow& window);

  /// A session over one encoded window, which holds to the contract (CheckedSession). `window` and
  /// the model must outlive it, and making the next session ends it.
  [[nodiscard]] std::unique_ptr<DecoderSession> make_session(EncodedWindow& window);
  /// The same as the plain loop has it: over a cache only where the model was loaded for kv, or
  /// for stateful by that name.
  [[nodiscard]] std::unique_ptr<DecoderSession> make_plain_session(EncodedWindow& window);

  /// Throws unavailable unless make_batch() works: where sessions decode over a cache of the back
  /// end's own.
  void check_batches() const;
  /// A session over so many windows at once, none of which is there yet. The model must outlive it,
  /// and making the next session, of any kind, ends it. Throws what check_batches() does.
  [[nodiscard]] std::unique_ptr<CheckedBatch> make_batch(std::size_t places);
  /// encode() into a place of a batch.
  void encode(const Tensor& mel, CheckedBatch& batch, std::size_t place);

  /// Runs the encoder and the plain loop's decoder once on zeros and adds the time to load_time():
  /// back ends prepare kernels and memory when they first run, which timings of speech should not
  /// contain.
  void warm_up();
  /// The same for the encoder and what make_session() uses, with `rows` rows.
  void warm_up_sessions(std::int64_t rows);

 private:
  Model() = default;
  [[nodiscard]] static Model put_together(std::shared_ptr<const ModelSources> sources,
                                          std::shared_ptr<const Tokenizer> tokenizer,
                                          const ModelOptions& options,
                                          std::unique_ptr<Backend> backend);
  void choose_decoder(DecoderKind wanted);
  [[nodiscard]] KvDecoder& kv_decoder();
  [[nodiscard]] StatefulDecoder& stateful_decoder();
  [[nodiscard]] std::unique_ptr<DecoderSession> checked(std::unique_ptr<UncheckedSession> session,
                                                        const EncodedWindow& window);
  [[nodiscard]] EncodedWindow encode_silence();

  ModelOptions options_;
  std::string backend_name_;
  DecoderKind kind_ = DecoderKind::automatic;
  bool is_plainly_stateful_ = false;  ///< plain sessions keep a cache too
  double load_time_ = 0;
  std::shared_ptr<const ModelSources> sources_;
  std::unique_ptr<Backend> backend_;
  std::map<GraphKind, std::unique_ptr<Executable>> parts_;
  std::unique_ptr<StatefulDecoder> stateful_decoder_;  ///< null until a session asks for it
  std::unique_ptr<KvDecoder> kv_decoder_;              ///< the same
  std::unique_ptr<TokenEmbedding> embedding_;
  std::unique_ptr<AttentionReader> attention_;  ///< null until it is asked for
  std::shared_ptr<const Tokenizer> tokenizer_;
  SessionCount sessions_ = std::make_shared<std::uint64_t>(0);
};

}  // namespace sotto
