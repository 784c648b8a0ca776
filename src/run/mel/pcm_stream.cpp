#include "run/mel/pcm_stream.h"

#include <algorithm>
#include <utility>

#include "core/base/error.h"
#include "run/mel/samples.h"

namespace sotto {
namespace {

constexpr std::size_t kBlockBytes = 32768;

}  // namespace

PcmStream::PcmStream(std::shared_ptr<const InputFile> file, const PcmData& data)
    : file_(std::move(file)), data_(data), path_(MonoPath::make(data.format, file_->name())) {}

void PcmStream::read_on(std::vector<std::int16_t>& block) {
  const std::size_t frame = data_.format.frame_bytes();
  const std::size_t wanted = std::max<std::size_t>(kBlockBytes / frame, 1) * frame;
  frames_.resize(std::min<std::uint64_t>(wanted, data_.size - done_));
  if (!frames_.empty() && file_->read(data_.begin + done_, frames_) != frames_.size()) {
    fail(ErrorKind::io, name(), ": expected ", data_.size,
         " bytes of sound, found that it has been cut short since it was opened");
  }
  done_ += frames_.size();
  if (!frames_.empty()) {
    path_->convert(frames_, block);
  } else {
    path_->finish(block);
    ended_ = true;
  }
}

bool PcmStream::next(std::vector<std::int16_t>& block) {
  block.clear();
  while (block.empty() && !ended_) read_on(block);
  if (!block.empty()) {
    has_samples_ = true;
    if (!mix_audible_) mix_audible_ = is_audible(block);
    return true;
  }
  if (!has_samples_) {
    fail(ErrorKind::format, name(), ": expected sound, found an audio stream without samples");
  }
  return false;
}

bool PcmStream::cancels_out() const { return ended_ && path_->channels_audible() && !mix_audible_; }

double PcmStream::claimed_seconds() const {
  const auto frames = static_cast<double>(data_.size / data_.format.frame_bytes());
  return frames / static_cast<double>(data_.format.rate);
}

}  // namespace sotto
