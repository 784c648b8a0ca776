#pragma once

#include <memory>

#include "run/decoding/audio_windows.h"
#include "run/engine/model.h"
#include "run/mel/recording.h"
#include "run/transcriber/plain_transcript.h"
#include "run/transcriber/tracing_session.h"

namespace sotto {

/// A recording as a model hears it: reads the mel of a window, encodes it, and has the model decode
/// over the result. Model, recording and trace must outlive it.
class ModelWindows : public AudioWindows {
 public:
  /// `trace`, where given, is filled with the numbers of the first window that is encoded.
  ModelWindows(Model& model, Recording& recording, Trace* trace = nullptr);

  [[nodiscard]] std::int64_t content_frames() const override { return recording_.content_frames(); }
  [[nodiscard]] std::int64_t window_frames() const override { return model_.frames(); }
  DecoderSession& encode(std::int64_t first, std::int64_t count) override;
  DecoderSession& encode_opening() override;

  /// Seconds of wall time spent on mel and encoder so far.
  [[nodiscard]] double encode_time() const { return encode_time_; }

 private:
  DecoderSession& encode_frames(std::int64_t first, std::int64_t count);

  Model& model_;
  Recording& recording_;
  Trace* trace_;
  Tensor mel_;
  EncodedWindow window_;
  std::unique_ptr<DecoderSession> session_;
  std::unique_ptr<TracingSession> traced_;
  double encode_time_ = 0;
};

}  // namespace sotto
