#include "run/transcriber/model_windows.h"

#include <algorithm>

#include "run/engine/stopwatch.h"

namespace sotto {
namespace {

Tensor copy_of(const Tensor& tensor) {
  Tensor copy(tensor.dtype(), tensor.shape());
  std::copy(tensor.floats().begin(), tensor.floats().end(), copy.floats().begin());
  return copy;
}

}  // namespace

ModelWindows::ModelWindows(Model& model, Recording& recording, Trace* trace)
    : model_(model),
      recording_(recording),
      trace_(trace),
      mel_(DType::float32, {1, model.dims().n_mels, model.frames()}) {}

DecoderSession& ModelWindows::encode(std::int64_t first, std::int64_t count) {
  DecoderSession& session = encode_frames(first, count);
  if (trace_ == nullptr) return session;
  if (traced_ != nullptr) {
    traced_.reset();
    trace_ = nullptr;
    return session;
  }
  trace_->mel = copy_of(mel_);
  trace_->encoder_output = copy_of(window_.encoder_output);
  traced_ = std::make_unique<TracingSession>(session, trace_->steps, trace_->logits);
  return *traced_;
}

DecoderSession& ModelWindows::encode_opening() { return encode_frames(0, window_frames()); }

DecoderSession& ModelWindows::encode_frames(std::int64_t first, std::int64_t count) {
  const Stopwatch encoding;
  recording_.read(first, count, mel_);
  model_.encode(mel_, window_);
  encode_time_ += encoding.seconds();
  session_.reset();  // the one before gives back what it had before the next takes it
  session_ = model_.make_session(window_);
  return *session_;
}

}  // namespace sotto
