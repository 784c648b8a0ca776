#include <algorithm>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "run/vad/silero_weights.h"
#include "support/expect_error.h"
#include "vad/silero_file.h"

namespace sotto::test {
namespace {

SileroWeights parsed(const TorchFile& file) {
  const std::string bytes = file.zip(nested_pickle(file)).make();
  return parse_silero(std::as_bytes(std::span(bytes)), "a.jit", nullptr);
}

/// Refused with one sentence that names the file and contains `part`.
void expect_refusal(const TorchFile& file, ErrorKind kind, const std::string& part) {
  const std::string message =
      expect_error(kind, "a.jit: ", [&] { static_cast<void>(parsed(file)); });
  EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST(SileroWeights, AreReadFromAModule) {
  const SileroWeights weights = parsed(silero_file(0.25F));
  EXPECT_EQ(weights.transform.rows, 258U);
  EXPECT_EQ(weights.transform.bias, std::vector<float>(258));
  EXPECT_EQ(weights.convolutions[0].depth, 387U);
  EXPECT_EQ(weights.convolutions[3].weights, std::vector<float>(std::size_t{128} * 192, 0.25F));
  EXPECT_EQ(weights.lstm_hidden.bias, std::vector<float>(512, 0.25F));
  EXPECT_EQ(weights.output.bias, std::vector<float>(1, 0.25F));
}

TEST(SileroWeights, OfAnotherNetworkAreRefusedByName) {
  const TorchFile whole = silero_file(1);
  for (const TorchTensor& tensor : whole.tensors) {
    TorchFile file = whole;
    std::erase_if(file.tensors, [&](const TorchTensor& one) { return one.name == tensor.name; });
    expect_refusal(file, ErrorKind::mismatch, tensor.name + " it among the module's attributes");
    file = whole;
    file.tensor(tensor.name).shape.back() += 1;
    expect_refusal(file, ErrorKind::mismatch, tensor.name + " floats of shape");
  }
}

TEST(SileroWeights, OfOtherElementsOrReachAreRefused) {
  TorchFile file = silero_file(1);
  file.tensors[3].storage = "IntStorage";
  expect_refusal(file, ErrorKind::mismatch, "floats of shape");
  file = silero_file(1);
  file.tensors[3].strides.front() *= 2;
  expect_refusal(file, ErrorKind::format, file.tensors[3].name);
  file = silero_file(1);
  std::replace(file.tensors[0].name.begin(), file.tensors[0].name.end(), '.', '_');
  expect_refusal(file, ErrorKind::mismatch, "_model.stft.forward_basis_buffer");
}

}  // namespace
}  // namespace sotto::test
