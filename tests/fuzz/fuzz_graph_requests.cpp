#include <algorithm>
#include <memory>

#include "fuzz/fuzz_target.h"
#include "run/graph_server/graph_server.h"

// What somebody asks of a device that serves its graphs.

using namespace sotto;

namespace {

/// Puts out what comes in, one axis of which is variable; of the second input nothing is read.
class Echo : public Executable {
 public:
  Echo() {
    signature_.inputs = {{"x", {8, 4}, 0}, {.name = "kept", .shape = {16}, .is_resident = true}};
    signature_.outputs = {{"y", {8, 4}, 0}};
  }
  [[nodiscard]] const Signature& signature() const override { return signature_; }
  void bind_input(std::size_t /*index*/, Tensor& /*tensor*/) override {}
  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    if (inputs[0]->bytes() != outputs[0]->bytes()) std::abort();
    std::copy_n(inputs[0]->data(), inputs[0]->bytes(), outputs[0]->data());
  }

 private:
  Signature signature_;
};

/// The fuzzer's bytes, whose answers nobody reads.
class Requests : public GraphStream {
 public:
  explicit Requests(std::span<const std::byte> bytes) : bytes_(bytes) {}
  void read(std::span<std::byte> bytes) override {
    if (bytes.size() > bytes_.size()) fail(ErrorKind::io, "the end");
    std::copy_n(bytes_.begin(), bytes.size(), bytes.begin());
    bytes_ = bytes_.subspan(bytes.size());
  }
  void write(std::span<const std::byte> /*bytes*/) override {}

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return test::fuzz([&] {
    GraphServer server({[](GraphKind) { return std::make_unique<Echo>(); },
                        [](DType dtype, const Shape& shape) { return Tensor(dtype, shape); },
                        true});
    Requests requests(test::bytes_of(data, size));
    try {
      for (;;) server.answer(requests);
    } catch (const Error& end) {
      fail(end.kind(), test::kFuzzed, ": ", end.message());
    }
  });
}
