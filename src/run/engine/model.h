#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "model/checkpoint/checkpoint.h"
#include "core/bundle/dims.h"
#include "run/backends/backend.h"
#include "run/decoding/decoder_session.h"
#include "run/tokenizer/tokenizer.h"
#include "run/engine/attention_reader.h"
#include "run/engine/stateful_decoder.h"
#include "run/engine/encoded_window.h"
#include "run/engine/kv_decoder.h"
#include "run/engine/model_sources.h"
#include "run/engine/token_embedding.h"

namespace sotto {

/// How a model decodes.
enum class DecoderKind {
  automatic,  ///< with the back end's own cache, else kv where its files are there, else full
  full,       ///< the full decoder: the whole sequence again at every step
  kv,         ///< the step and prefill graphs over a cache that the host keeps
};

/// When the hashes of the files that a vendor's runtime is to run are compared with the manifest's.
enum class HashCheck {
  by_part,  ///< of each, as it is loaded
  done,     ///< they have been, with all others: Bundle::check_hashes()
};

/// What a model is loaded with.
struct ModelOptions {
  std::string backend = "cpu";
  DecoderKind decoder = DecoderKind::automatic;
  Trust trust = Trust::own_files;  ///< of a bundle's files, where a vendor's runtime runs them
  HashCheck hashes = HashCheck::by_part;
};

/// A Whisper model loaded on one back end: both halves ready to run, and what they need besides. A
/// back end that keeps state can run the decoder in two ways; each is loaded when it is first asked
/// for, so that the weights are there once where only one is used.
class Model {
 public:
  /// Loads a bundle, or a checkpoint of any format that read_checkpoint() knows, on a back end. Of
  /// a bundle everything comes out of its own files: weights from its TorchScript files, rows from
  /// its token_embedding.npy, the vocabulary that it carries. Throws with a sentence that names the
  /// file or the back end, or says what the kind of decoder lacks.
  [[nodiscard]] static Model load(const std::filesystem::path& path,
                                  const ModelOptions& options = {});

  /// The unsplit model on the cpu back end: the graphs straight from the weights of `source`, and
  /// the embedding looked up in those weights too (also when that is a bundle, whose decoder holds
  /// them as its output projection). `frames` is the encoder's window, 0 for the model's own.
  [[nodiscard]] static Model load_unsplit(const CheckpointSource& source, std::int64_t frames);

  [[nodiscard]] const std::filesystem::path& path() const { return sources_->path; }
  /// The published size ("base") or, where there is none, the file's name.
  [[nodiscard]] const std::string& name() const { return sources_->name; }
  [[nodiscard]] const std::string& backend() const { return backend_name_; }
  [[nodiscard]] const WhisperDims& dims() const { return sources_->checkpoint->dims; }
  /// What a person should know of how it was read.
  [[nodiscard]] const std::vector<std::string>& notes() const {
    return sources_->checkpoint->notes;
  }
  /// Mel frames (10 ms each) of the encoder's window.
  [[nodiscard]] std::int64_t frames() const { return sources_->frames; }
  /// Seconds that loading took, warm-up and what was loaded later included.
  [[nodiscard]] double load_time() const { return load_time_; }

  /// Whether sessions run the step and prefill graphs.
  [[nodiscard]] bool decodes_with_kv() const { return kind_ == DecoderKind::kv; }

  /// The parts, each loaded when it is first asked for.
  [[nodiscard]] Executable& part(PartKind kind);
  [[nodiscard]] Executable& encoder() { return part(PartKind::encoder); }
  /// The full decoder (build_decoder_core).
  [[nodiscard]] Executable& decoder() { return part(PartKind::decoder); }
  [[nodiscard]] const TokenEmbedding& embedding() const { return *embedding_; }
  [[nodiscard]] const Tokenizer& tokenizer() const { return *tokenizer_; }

  /// Makes ready what word timestamps need: sessions that are made from now on give the scores of
  /// these alignment heads, or of the model's own (choose_alignment_heads). Sessions made before
  /// are at an end. Throws what choose_alignment_heads() and AttentionReader::load() throw.
  AttentionReader& load_attention(const std::optional<AlignmentHeads>& heads = std::nullopt);

  /// mel [1, n_mels, frames] → what the decoder in use reads, into `window`, whose memory is used
  /// again.
  void encode(const Tensor& mel, EncodedWindow& window);

  /// A session over one encoded window. `window` and the model must outlive it, and making the next
  /// session ends it.
  [[nodiscard]] std::unique_ptr<DecoderSession> make_session(EncodedWindow& window);
  /// The same as the plain loop has it: over a cache only where the model was loaded for kv.
  [[nodiscard]] std::unique_ptr<DecoderSession> make_plain_session(EncodedWindow& window);

  /// Runs the encoder and the plain loop's decoder once on zeros and adds the time to load_time():
  /// back ends prepare kernels and memory when they first run, which timings of speech should not
  /// contain.
  void warm_up();
  /// The same for the encoder and what make_session() uses, with `rows` rows.
  void warm_up_sessions(std::int64_t rows);

 private:
  Model() = default;
  [[nodiscard]] static Model assemble(ModelSources sources, const ModelOptions& options);
  void choose_decoder(DecoderKind wanted);
  [[nodiscard]] KvDecoder& kv_decoder();
  [[nodiscard]] EncodedWindow encode_silence();

  std::string backend_name_;
  DecoderKind kind_ = DecoderKind::automatic;
  double load_time_ = 0;
  std::shared_ptr<const ModelSources> sources_;
  std::unique_ptr<Backend> backend_;
  std::map<PartKind, std::unique_ptr<Executable>> parts_;
  std::unique_ptr<StatefulDecoder> cached_decoder_;  ///< null until a session asks for it
  std::unique_ptr<KvDecoder> kv_decoder_;          ///< the same
  std::unique_ptr<TokenEmbedding> embedding_;
  std::unique_ptr<AttentionReader> attention_;  ///< null until it is asked for
  std::unique_ptr<Tokenizer> tokenizer_;
};

}  // namespace sotto
