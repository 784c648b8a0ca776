#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sotto {

/// A recording as a stream of 16 kHz mono samples, rounded to 16 bits. Who reads which formats is
/// for those who implement it; nothing that is made of the samples depends on that. For one thread
/// at a time.
class SampleStream {
 public:
  SampleStream() = default;
  virtual ~SampleStream() = default;
  SampleStream(const SampleStream&) = delete;
  SampleStream& operator=(const SampleStream&) = delete;

  /// Replaces `block` by the next samples, at least one; at the end it becomes empty and the result
  /// is false. Throws io when the file cannot be read, unsupported when its sound cannot be brought
  /// to 16 kHz mono, and, at the end, format when there was no sample at all, or too much of it was
  /// broken.
  [[nodiscard]] virtual bool next(std::vector<std::int16_t>& block) = 0;

  /// Length that the container claims, in seconds; 0 when it does not say.
  [[nodiscard]] virtual double claimed_seconds() const = 0;

  /// At the end: whether the recording has several channels with something to hear, which leave
  /// silence where they are mixed.
  [[nodiscard]] virtual bool cancels_out() const = 0;

  /// What messages call the recording.
  [[nodiscard]] virtual const std::string& name() const = 0;
};

/// Opens one and the same recording at its beginning, as often as it is called: what has to be read
/// twice is handed over as one of these. Throws not_found, io, format (no recording) or unsupported
/// (no sound in it, or of a kind that nothing here decodes).
using StreamOpener = std::function<std::unique_ptr<SampleStream>()>;

}  // namespace sotto
