#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/aligned_memory.h"

namespace sotto {

/// Memory that is read through and nothing else: the least that a step can take which reads as many
/// bytes.
class PlainRead {
 public:
  /// Of at least one byte, on at least one thread, the caller's among them. Throws std::bad_alloc.
  PlainRead(std::size_t bytes, int threads);

  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  /// Reads all of it so many times, each thread a part of its own; the seconds of each time but the
  /// first, which finds other things in the caches than the others do. Throws std::system_error
  /// where the system has no more threads.
  [[nodiscard]] std::vector<double> measure(std::size_t times);

  /// The sum of what a thread read last, so that nobody leaves the reading out.
  [[nodiscard]] std::uint64_t sum() const { return sum_; }

 private:
  [[nodiscard]] std::uint64_t read_part(std::size_t part) const;

  std::size_t bytes_;
  std::size_t threads_;
  AlignedMemory memory_;
  std::uint64_t sum_ = 0;
};

}  // namespace sotto
