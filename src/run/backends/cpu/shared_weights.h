#pragma once

#include <mutex>

#include "run/backends/cpu/prepare/packed_weights.h"

namespace sotto::cpu {

/// The packed weights of one or more executables, which may belong to different threads: a constant
/// that several of them read in the same layout is there once, for as long as any of them is.
class SharedWeights {
 public:
  /// Calls `prepare(weights)` while nobody else packs. What was packed before may be read
  /// meanwhile.
  template <class Prepare>
  auto use(const Prepare& prepare) {
    const std::lock_guard lock(mutex_);
    return prepare(weights_);
  }

 private:
  std::mutex mutex_;
  OneDnn onednn_;
  PackedWeights weights_{onednn_};
};

}  // namespace sotto::cpu
