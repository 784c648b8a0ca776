#include "run/transcriber/model_windows.h"

#include <algorithm>
#include <array>

#include "run/transcriber/stopwatch.h"

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
      mel_(DType::float32, {1, model.dims().n_mels, model.frames()}),
      encoder_output_(DType::float32, model.encoder().signature().outputs.at(0).shape) {}

DecoderSession& ModelWindows::encode(std::int64_t first, std::int64_t count) {
  DecoderSession& session = encode_frames(first, count);
  if (trace_ == nullptr) return session;
  if (traced_ != nullptr) {
    traced_.reset();
    trace_ = nullptr;
    return session;
  }
  trace_->mel = copy_of(mel_);
  trace_->encoder_output = copy_of(encoder_output_);
  traced_ = std::make_unique<TracingSession>(session, trace_->steps, trace_->logits);
  return *traced_;
}

DecoderSession& ModelWindows::encode_opening() { return encode_frames(0, window_frames()); }

DecoderSession& ModelWindows::encode_frames(std::int64_t first, std::int64_t count) {
  const Stopwatch encoding;
  recording_.read(first, count, mel_);
  const std::array<const Tensor*, 1> inputs{&mel_};
  const std::array<Tensor*, 1> outputs{&encoder_output_};
  model_.encoder().run(inputs, outputs);
  encode_time_ += encoding.seconds();
  session_ = model_.make_session(encoder_output_);
  return *session_;
}

}  // namespace sotto
