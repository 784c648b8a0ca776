#include "run/transcriber/batch_windows.h"

#include <algorithm>

#include "run/engine/stopwatch.h"

namespace sotto {
namespace {

Tensor empty_mel(const Model& model) {
  return {DType::float32, {1, model.dims().n_mels, model.frames()}};
}

}  // namespace

BatchWindows::BatchWindows(ModelShare& share, Recording& recording)
    : share_(share), recording_(recording), rest_(empty_mel(share.model())) {}

void BatchWindows::give_back(std::size_t place) {
  heard_.erase(place);
  share_.places().give_back(place);
}

void BatchWindows::encode(std::size_t place, std::int64_t first, std::int64_t count) {
  const Stopwatch reading;
  const Tensor& mel = mel_of(heard_[place], first, count);
  encode_time_ += reading.seconds();
  encode_time_ += share_.encode(mel, place);
}

const Tensor& BatchWindows::mel_of(Heard& heard, std::int64_t first, std::int64_t count) {
  if (first < heard.first || first + count > heard.first + heard.count) {
    if (heard.mel.size() == 0) heard.mel = empty_mel(share_.model());
    heard.count = 0;
    recording_.read(first, count, heard.mel);
    heard.first = first;
    heard.count = count;
    return heard.mel;
  }
  const auto length = static_cast<std::size_t>(window_frames());
  const auto begin = static_cast<std::size_t>(first - heard.first);
  const std::span<const float> from = std::as_const(heard.mel).floats();
  const std::span<float> to = rest_.floats();
  std::fill(to.begin(), to.end(), 0.0F);
  for (std::size_t bin = 0; bin < to.size(); bin += length) {
    const auto frames = from.subspan(bin + begin, static_cast<std::size_t>(count));
    std::copy(frames.begin(), frames.end(), to.subspan(bin).begin());
  }
  return rest_;
}

}  // namespace sotto
