#include <gtest/gtest.h>
#include <queue>

#include "core/base/error.h"
#include "run/graph_server/graph_server.h"
#include "wire/expect_refusal.h"

// The device's end of a verification: requests that are well-formed, and those that are not.

namespace sotto::test {
namespace {

/// y = x + kept, of n rows of two numbers, n up to 3; "kept" is resident.
class Sum : public Executable {
 public:
  Sum() {
    signature_.inputs = {{"x", {3, 2}, 0}, {.name = "kept", .shape = {2}, .is_resident = true}};
    signature_.outputs = {{"y", {3, 2}, 0}};
  }
  [[nodiscard]] const Signature& signature() const override { return signature_; }
  void bind_input(std::size_t index, Tensor& tensor) override {
    EXPECT_EQ(index, 1U);
    kept_ = &tensor;
  }
  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    EXPECT_EQ(inputs[1], nullptr);
    const auto x = inputs[0]->floats();
    if (x[0] < 0) fail(ErrorKind::unsupported, "no negative numbers");
    for (std::size_t i = 0; i < x.size(); ++i) {
      outputs[0]->floats()[i] = x[i] + kept_->floats()[i % 2];
    }
  }

 private:
  Signature signature_;
  Tensor* kept_ = nullptr;
};

class Memory : public GraphStream {
 public:
  void read(std::span<std::byte> bytes) override {
    if (bytes.size() > requests.size()) fail(ErrorKind::io, "the end");
    std::copy_n(requests.begin(), bytes.size(), bytes.begin());
    requests.erase(requests.begin(), requests.begin() + static_cast<std::ptrdiff_t>(bytes.size()));
  }
  void write(std::span<const std::byte> bytes) override {
    answers.insert(answers.end(), bytes.begin(), bytes.end());
  }
  std::vector<std::byte> requests, answers;
};

/// Writes what a host would send, and reads what it would get.
class Host : public GraphStream {
 public:
  explicit Host(Memory& memory) : memory_(memory) {}
  void read(std::span<std::byte> bytes) override {
    ASSERT_LE(bytes.size(), memory_.answers.size());
    std::copy_n(memory_.answers.begin(), bytes.size(), bytes.begin());
    memory_.answers.erase(memory_.answers.begin(),
                          memory_.answers.begin() + static_cast<std::ptrdiff_t>(bytes.size()));
  }
  void write(std::span<const std::byte> bytes) override {
    memory_.requests.insert(memory_.requests.end(), bytes.begin(), bytes.end());
  }

  void ask_load(const std::string& name) {
    write_number(*this, GraphRequest::load);
    write_text(*this, name);
  }
  void ask_run(std::int64_t extent) {
    write_number(*this, GraphRequest::run);
    write_number(*this, std::uint32_t{0});
    write_number(*this, extent);
  }
  void patch(std::uint64_t offset, const std::vector<float>& values) {
    write_number(*this, offset);
    write_number(*this, static_cast<std::uint64_t>(values.size() * sizeof(float)));
    write(std::as_bytes(std::span(values)));
  }
  void patches(std::uint32_t count) { write_number(*this, count); }

  [[nodiscard]] std::vector<float> output() {
    EXPECT_EQ(read_number<GraphAnswer>(*this), GraphAnswer::done);
    std::vector<float> values(read_number<std::uint64_t>(*this) / sizeof(float));
    read(std::as_writable_bytes(std::span(values)));
    return values;
  }
  [[nodiscard]] std::string refusal() {
    EXPECT_EQ(read_number<GraphAnswer>(*this), GraphAnswer::failed);
    static_cast<void>(read_number<std::uint32_t>(*this));
    return read_text(*this);
  }

 private:
  Memory& memory_;
};

class GraphServing : public testing::Test {
 protected:
  GraphServing()
      : server_({[](GraphKind) { return std::make_unique<Sum>(); },
                 [](DType dtype, const Shape& shape) { return Tensor(dtype, shape); }, true}),
        host_(memory_) {}

  void load() {
    host_.ask_load("encoder");
    server_.answer(memory_);
    ASSERT_EQ(read_number<GraphAnswer>(host_), GraphAnswer::done);
  }
  void expect_refused(const char* words) {
    expect_refusal(ErrorKind::format, words, [&] { server_.answer(memory_); });
  }

  Memory memory_;
  GraphServer server_;
  Host host_;
};

TEST_F(GraphServing, KeepsInputsFromRunToRun) {
  load();
  host_.ask_run(2);
  host_.patches(1);
  host_.patch(0, {1, 2, 3, 4});
  host_.patches(1);
  host_.patch(4, {10});
  server_.answer(memory_);
  EXPECT_EQ(host_.output(), (std::vector<float>{1, 12, 3, 14}));
  host_.ask_run(2);  // what is resident stays, and of x one number is new
  host_.patches(1);
  host_.patch(8, {5});
  host_.patches(0);
  server_.answer(memory_);
  EXPECT_EQ(host_.output(), (std::vector<float>{1, 12, 5, 14}));
  host_.ask_run(1);  // of another extent, x begins as zeros
  host_.patches(0);
  host_.patches(0);
  server_.answer(memory_);
  EXPECT_EQ(host_.output(), (std::vector<float>{0, 10}));
}

TEST_F(GraphServing, AnswersWhatGoesWrong) {
  host_.ask_load("no such graph");
  server_.answer(memory_);
  EXPECT_EQ(host_.refusal(), "expected the name of a graph, found \"no such graph\"");
  load();
  host_.ask_run(1);
  host_.patches(1);
  host_.patch(0, {-1});
  host_.patches(0);
  server_.answer(memory_);
  EXPECT_EQ(host_.refusal(), "no negative numbers");
}

TEST_F(GraphServing, RefusesWhatIsNoRequest) {
  write_number(host_, std::uint32_t{7});
  expect_refused("expected a request");
  host_.ask_run(1);
  expect_refused("expected a loaded graph");
  load();
  for (const std::int64_t extent : {std::int64_t{0}, std::int64_t{4}, std::int64_t{-1}}) {
    memory_.requests.clear();
    host_.ask_run(extent);
    expect_refused("expected a variable axis of at most 3");
  }
  write_number(host_, GraphRequest::load);
  write_number(host_, kLongestGraphText + 1);
  expect_refused("expected a text of at most");
}

TEST_F(GraphServing, WritesNothingOutsideOfAnInput) {
  load();
  constexpr std::uint64_t kHuge = ~std::uint64_t{0};
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> parts{
      {0, 25}, {24, 1}, {25, 1}, {kHuge, 1}, {1, kHuge}, {kHuge, kHuge}, {0, 0}};
  for (const auto& [offset, bytes] : parts) {
    memory_.requests.clear();
    host_.ask_run(3);
    host_.patches(1);
    write_number(host_, offset);
    write_number(host_, bytes);
    expect_refused("expected a part of an input's 24 bytes");
  }
}

TEST_F(GraphServing, EndsWithTheStream) {
  load();
  host_.ask_run(3);
  host_.patches(1);
  host_.patch(0, {1, 2, 3});
  memory_.requests.resize(memory_.requests.size() - 1);
  expect_refusal(ErrorKind::io, "the end", [&] { server_.answer(memory_); });
}

}  // namespace
}  // namespace sotto::test
