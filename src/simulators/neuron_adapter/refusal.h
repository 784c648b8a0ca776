#pragma once

#include <stdexcept>
#include <string>

#include "core/base/error.h"
#include "core/neuron/neuron_abi.h"

namespace sotto::simulator {

/// What a call is answered with, and the sentence that says why.
class Refusal : public std::runtime_error {
 public:
  Refusal(neuron::Result result, const std::string& sentence)
      : std::runtime_error(sentence), result_(result) {}
  [[nodiscard]] neuron::Result result() const { return result_; }

 private:
  neuron::Result result_;
};

template <class... Parts>
[[noreturn]] void refuse(neuron::Result result, const Parts&... parts) {
  throw Refusal(result, concat(parts...));
}

/// Throws unless `pointer` is one.
template <class T>
T& given(T* pointer, const char* name) {
  if (pointer == nullptr) refuse(neuron::kUnexpectedNull, "expected ", name, ", found null");
  return *pointer;
}

}  // namespace sotto::simulator
