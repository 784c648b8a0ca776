#pragma once

#include <string>

#include "core/base/byte_sink.h"

namespace sotto::test {

/// Keeps what is written, as text.
class TextSink : public ByteSink {
 public:
  void write(std::span<const std::byte> bytes) override {
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  std::string text;
};

}  // namespace sotto::test
