#include <cstdlib>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

#include "core/base/error.h"
#include "loaded_part.h"
#include "mutation/tflite_mutator.h"
#include "run/backends/registry.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/model_part.h"
#include "tflite/own_file.h"
#include "tflite_file.h"

// The litert back end on files written by hand: what it computes, how it finds its ports, what it
// reads where it lies, and what it says to files and libraries that are not what they should be.

namespace sotto::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// float32 keeps seven digits; the sums here have eight terms.
constexpr double kTolerance = 2e-6;
constexpr std::int64_t kLongest = 8;

class Litert : public testing::Test {
 protected:
  void SetUp() override {
    try {
      backend_ = make_backend("litert");
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  [[nodiscard]] std::filesystem::path file() const { return folder_ / "part.tflite"; }

  [[nodiscard]] std::unique_ptr<Executable> load(const Graph& graph,
                                                 Trust trust = Trust::own_files) const {
    ModelPart part = part_in("tflite", file(), [graph](std::int64_t) { return graph; });
    part.trust = trust;
    return backend_->load(part);
  }

  [[nodiscard]] std::string refusal(const Graph& graph, Trust trust = Trust::own_files) const {
    try {
      (void)load(graph, trust);
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
      return error.what();
    }
    return "";
  }

  TempFolder folder_;
  std::unique_ptr<Backend> backend_;
};

std::vector<Tensor> run(Executable& executable, const std::vector<const Tensor*>& inputs,
                        const std::vector<Shape>& shapes) {
  std::vector<Tensor> outputs;
  outputs.reserve(shapes.size());
  for (const Shape& shape : shapes) outputs.emplace_back(DType::float32, shape);
  std::vector<Tensor*> pointers;
  pointers.reserve(outputs.size());
  for (Tensor& output : outputs) pointers.push_back(&output);
  executable.run(inputs, pointers);
  return outputs;
}

/// One input times itself, for tests of what surrounds the computing.
Graph square_graph(const Shape& shape) {
  Graph graph("Part");
  const ValueId x = graph.add_input("x", shape);
  graph.add_output(graph.add("y", op::Binary{op::Binary::Kind::multiply, x, x}));
  return graph;
}

void write_square(const std::filesystem::path& path, const Shape& shape) {
  TfliteFile file;
  const auto x = file.add_tensor("x", shape), y = file.add_tensor("y", shape);
  file.add_multiply(x, x, y);
  file.write(path, {{"x", x}}, {{"y", y}});
}

/// a − b and a · b.
Graph pair_graph() {
  Graph graph("Part");
  const ValueId a = graph.add_input("a", {1, 4});
  const ValueId b = graph.add_input("b", {1, 4});
  graph.add_output(graph.add("difference", op::Binary{op::Binary::Kind::subtract, a, b}));
  graph.add_output(graph.add("product", op::Binary{op::Binary::Kind::multiply, a, b}));
  return graph;
}

/// The same, its ports in another order.
void write_pair(const std::filesystem::path& path) {
  TfliteFile file;
  const auto b = file.add_tensor("second", {1, 4}), a = file.add_tensor("first", {1, 4});
  const auto product = file.add_tensor("p", {1, 4}), difference = file.add_tensor("d", {1, 4});
  file.add_multiply(a, b, product);
  file.add_subtract(a, b, difference);
  file.write(path, {{"b", b}, {"a", a}}, {{"product", product}, {"difference", difference}});
}

/// Rows that each see themselves alone, of which there may be fewer than kLongest.
Graph rows_graph(const std::vector<float>& weights) {
  Graph graph("Part");
  const ValueId x = graph.add_input("x", {1, kLongest, 4});
  graph.set_variable_axis({x, 1});
  const ValueId weight = graph.add_constant("weight", own_values({3, 4}, weights));
  graph.add_output(graph.add("y", op::Linear{x, weight, std::nullopt}));
  return graph;
}

TEST_F(Litert, ComputesWhatTheOperationsMean) {
  const std::vector<float> weights = random_values(48, 1);
  Graph graph("Part");
  const ValueId x = graph.add_input("x", {1, 4, 8});
  const ValueId other = graph.add_input("other", {1, 6, 5});
  const ValueId weight = graph.add_constant("weight", own_values({6, 8}, weights));
  const ValueId linear = graph.add("linear", op::Linear{x, weight, std::nullopt});
  const ValueId gelu = graph.add("gelu", op::Gelu{linear});
  graph.add_output(graph.add("y", op::Softmax{graph.add("product", op::MatMul{gelu, other})}));

  TfliteFile tflite;
  const auto x_in = tflite.add_tensor("x", {1, 4, 8}), b = tflite.add_tensor("other", {1, 6, 5});
  const auto w = tflite.add_constant("weight", {6, 8}, weights);
  const auto a = tflite.add_tensor("linear", {1, 4, 6}), g = tflite.add_tensor("gelu", {1, 4, 6});
  const auto p = tflite.add_tensor("product", {1, 4, 5}), y = tflite.add_tensor("y", {1, 4, 5});
  tflite.add_fully_connected(x_in, w, a);
  tflite.add_gelu(a, g);
  tflite.add_batch_matmul(g, b, p);
  tflite.add_softmax(p, y);
  tflite.write(file(), {{"x", x_in}, {"other", b}}, {{"y", y}});

  const Tensor first = random_tensor({1, 4, 8}, 2), second = random_tensor({1, 6, 5}, 3);
  const auto found = run(*load(graph), {&first, &second}, {{1, 4, 5}});
  const auto expected = run_plainly(graph, {to_plain(first), to_plain(second)});
  EXPECT_LE(relative_difference(found[0], expected[0]), kTolerance);
}

TEST_F(Litert, FindsPortsByNameWhateverTheirOrder) {
  write_pair(file());
  const Graph graph = pair_graph();
  const Tensor a = random_tensor({1, 4}, 1), b = random_tensor({1, 4}, 2);
  const auto found = run(*load(graph), {&a, &b}, {{1, 4}, {1, 4}});
  const auto expected = run_plainly(graph, {to_plain(a), to_plain(b)});
  EXPECT_LE(relative_difference(found[0], expected[0]), kTolerance);
  EXPECT_LE(relative_difference(found[1], expected[1]), kTolerance);
}

TEST_F(Litert, RunsShorterThanTheFileIsLong) {
  const std::vector<float> weights = random_values(12, 1);
  TfliteFile tflite;
  const auto x = tflite.add_tensor("x", {1, kLongest, 4});
  const auto w = tflite.add_constant("weight", {3, 4}, weights);
  const auto y = tflite.add_tensor("y", {1, kLongest, 3});
  tflite.add_fully_connected(x, w, y);
  tflite.write(file(), {{"x", x}}, {{"y", y}});
  const auto executable = load(rows_graph(weights));
  for (const std::int64_t length : {kLongest, std::int64_t{1}, std::int64_t{5}}) {
    Graph graph("Part");
    const ValueId input = graph.add_input("x", {1, length, 4});
    const ValueId weight = graph.add_constant("weight", own_values({3, 4}, weights));
    graph.add_output(graph.add("y", op::Linear{input, weight, std::nullopt}));
    const Tensor given = random_tensor({1, length, 4}, static_cast<std::uint64_t>(length));
    const auto found = run(*executable, {&given}, {{1, length, 3}});
    const auto expected = run_plainly(graph, {to_plain(given)});
    EXPECT_LE(relative_difference(found[0], expected[0]), kTolerance) << length;
  }
}

// The file computes what no part may, a sum over all rows, and so shows what the others hold.
TEST_F(Litert, FillsUpWithZerosAfterALongerRun) {
  TfliteFile tflite;
  const auto x = tflite.add_tensor("x", {1, kLongest, 4});
  const auto axis = tflite.add_constant("axis", std::vector<std::int32_t>{1});
  const auto sums = tflite.add_tensor("sums", {1, 1, 4});
  const auto ones = tflite.add_constant(
      "ones", {1, kLongest, 4}, std::vector<float>(static_cast<std::size_t>(kLongest) * 4, 1.0F));
  const auto y = tflite.add_tensor("y", {1, kLongest, 4});
  tflite.add_sum(x, axis, sums);
  tflite.add_multiply(ones, sums, y);
  tflite.write(file(), {{"x", x}}, {{"y", y}});

  Graph graph("Part");
  const ValueId input = graph.add_input("x", {1, kLongest, 4});
  graph.set_variable_axis({input, 1});
  graph.add_output(graph.add("y", op::Scale{input, 1.0F}));
  const auto executable = load(graph, Trust::any_files);
  const Tensor long_one = random_tensor({1, kLongest, 4}, 1), row = random_tensor({1, 1, 4}, 2);
  (void)run(*executable, {&long_one}, {{1, kLongest, 4}});
  const auto found = run(*executable, {&row}, {{1, 1, 4}});
  EXPECT_EQ(relative_difference(found[0], to_plain(row)), 0.0);
}

TEST_F(Litert, ReadsBoundInputsWhereTheyLie) {
  write_pair(file());
  const Graph graph = pair_graph();
  const auto executable = load(graph);
  const Tensor a = random_tensor({1, 4}, 1);
  Tensor first = random_tensor({1, 4}, 2), second = random_tensor({1, 4}, 3);
  const auto check = [&](Tensor& b) {
    executable->bind_input(1, b);
    const auto found = run(*executable, {&a, nullptr}, {{1, 4}, {1, 4}});
    const auto expected = run_plainly(graph, {to_plain(a), to_plain(b)});
    EXPECT_LE(relative_difference(found[0], expected[0]), kTolerance);
    EXPECT_LE(relative_difference(found[1], expected[1]), kTolerance);
  };
  check(first);
  check(second);
  first.floats()[2] += 1.0F;  // in turns, and changed meanwhile
  check(first);
  second.floats()[0] -= 1.0F;
  const auto found = run(*executable, {&a, nullptr}, {{1, 4}, {1, 4}});
  EXPECT_LE(relative_difference(found[0], run_plainly(graph, {to_plain(a), to_plain(first)})[0]),
            kTolerance);
}

TEST_F(Litert, BindsManyTensorsInTurn) {
  write_square(file(), {1, 4});
  const Graph graph = square_graph({1, 4});
  const auto executable = load(graph);
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Tensor tensor = random_tensor({1, 4}, seed);  // often where the one before it lay
    executable->bind_input(0, tensor);
    const auto found = run(*executable, {nullptr}, {{1, 4}});
    const auto expected = run_plainly(graph, {to_plain(tensor)});
    ASSERT_LE(relative_difference(found[0], expected[0]), kTolerance) << seed;
  }
}

TEST_F(Litert, RefusesToBindWhatDoesNotFit) {
  write_square(file(), {1, 4});
  const auto executable = load(square_graph({1, 4}));
  Tensor wide(DType::float32, {1, 5}), integers(DType::int32, {1, 4}),
      right(DType::float32, {1, 4});
  EXPECT_THROW(executable->bind_input(0, wide), Error);
  EXPECT_THROW(executable->bind_input(0, integers), Error);
  EXPECT_THROW(executable->bind_input(1, right), Error);
}

TEST_F(Litert, RunsFilesSideBySide) {
  write_square(file(), {1, 4});
  const auto square = load(square_graph({1, 4}));
  write_pair(folder_ / "other.tflite");
  const Graph graph = pair_graph();
  const auto pair = make_backend("litert")->load(
      part_in("tflite", folder_ / "other.tflite", [](std::int64_t) { return pair_graph(); }));
  const Tensor a = random_tensor({1, 4}, 1), b = random_tensor({1, 4}, 2);
  const auto squares = run(*square, {&a}, {{1, 4}});
  const auto found = run(*pair, {&squares[0], &b}, {{1, 4}, {1, 4}});
  const auto expected = run_plainly(graph, {to_plain(squares[0]), to_plain(b)});
  EXPECT_LE(relative_difference(found[0], expected[0]), kTolerance);
  EXPECT_LE(relative_difference(squares[0], run_plainly(square_graph({1, 4}), {to_plain(a)})[0]),
            kTolerance);
}

TEST_F(Litert, AsksForAnExportWhenThereIsNoFile) {
  const ModelPart part{.name = "decoder"};
  EXPECT_THAT(refusal_of([&] { (void)backend_->load(part); }),
              AllOf(HasSubstr("decoder"), HasSubstr("format=tflite")));
}

TEST_F(Litert, NamesAFileThatIsMissing) {
  EXPECT_THAT(refusal(square_graph({1, 4})),
              AllOf(HasSubstr("part.tflite: "), HasSubstr("No such file")));
}

TEST_F(Litert, NamesAFileThatIsSomethingElse) {
  write_file(file(), "this is no flatbuffer, and long enough to be looked at");
  EXPECT_THAT(refusal(square_graph({1, 4})),
              AllOf(HasSubstr("part.tflite: "), HasSubstr("expected a TFLite file")));
}

TEST_F(Litert, NamesATruncatedFile) {
  write_square(file(), {1, 4});
  const std::string whole = read_file(file());
  for (const std::size_t size : {std::size_t{0}, std::size_t{4}, std::size_t{8}, whole.size() / 4,
                                 whole.size() / 2, whole.size() - 20}) {
    write_file(file(), whole.substr(0, size));
    EXPECT_THAT(refusal(square_graph({1, 4})), HasSubstr("part.tflite: ")) << size;
  }
}

// LiteRT itself falls over nearly half of these.
TEST_F(Litert, RunsOrRefusesDamagedFiles) {
  write_square(file(), {1, 4});
  const std::string whole = read_file(file());
  const Tensor given = random_tensor({1, 4}, 1);
  std::mt19937_64 random(1);
  int refused = 0;
  for (int round = 0; round < 200; ++round) {
    std::string damaged = whole;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    write_file(file(), damaged);
    try {
      (void)run(*load(square_graph({1, 4})), {&given}, {{1, 4}});
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("part.tflite: "));
      ++refused;
    }
  }
  EXPECT_GT(refused, 0);
}

/// Loads and runs a file of graph_of_everything(); false where it is refused.
bool runs_everything(const Backend& backend, const std::filesystem::path& file) {
  static const Graph graph = graph_of_everything();
  static const Tensor x = random_tensor({1, 6, 8}, 1), y = random_tensor({2, 3, 4}, 2);
  const ModelPart part = part_in("tflite", file, [](std::int64_t) { return graph; });
  try {
    (void)run(*backend.load(part), {&x, &y}, {{1, 12, 8}, {1, 1, 4}});
    return true;
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("part.tflite: "), Not(HasSubstr("\n"))));
    return false;
  }
}

TEST_F(Litert, RunsWhatTheRulesTakeWithEveryOperator) {
  for (const WeightType weights : {WeightType::float32, WeightType::float16}) {
    write_file(file(), own_file(graph_of_everything(), weights));
    EXPECT_TRUE(runs_everything(*backend_, file()));
  }
}

// An operand that is missing, of another kind or of another shape, an axis out of range, an
// operator too early: each brought LiteRT down while all else about the file was right.
// $SOTTO_MUTATIONS is the number of files.
TEST_F(Litert, RunsOrRefusesFilesOfWhichANumberWasChanged) {
  const char* given = std::getenv("SOTTO_MUTATIONS");
  const int rounds = given == nullptr ? 1000 : std::atoi(given);
  int refused = 0;
  for (const WeightType weights : {WeightType::float32, WeightType::float16}) {
    const TfliteMutator mutator(own_file(graph_of_everything(), weights));
    std::mt19937_64 random(1);
    for (int round = 0; round < rounds; ++round) {
      const Mutation mutation = mutator.mutate(random);
      write_file(file(), mutation.bytes);
      SCOPED_TRACE(mutation.change);
      refused += runs_everything(*backend_, file()) ? 0 : 1;
    }
  }
  EXPECT_GT(refused, rounds);
}

TEST_F(Litert, RunsTheBytesThatWereCheckedWhateverBecomesOfTheName) {
  write_square(file(), {1, 4});
  const auto executable = load(square_graph({1, 4}));
  std::filesystem::remove(file());
  const Tensor given = random_tensor({1, 4}, 1);
  const auto found = run(*executable, {&given}, {{1, 4}});
  EXPECT_LE(relative_difference(found[0], run_plainly(square_graph({1, 4}), {to_plain(given)})[0]),
            kTolerance);
}

TEST_F(Litert, NamesAFileWithoutASignatureOfItsOwn) {
  TfliteFile tflite;
  const auto x = tflite.add_tensor("in", {1, 4}), y = tflite.add_tensor("out", {1, 4});
  tflite.add_multiply(x, x, y);
  tflite.write(file(), {{"in", x}}, {{"out", y}}, "");
  EXPECT_THAT(refusal(square_graph({1, 4})), AllOf(HasSubstr("part.tflite: "), HasSubstr("x")));
}

TEST_F(Litert, RefusesOtherShapes) {
  write_square(file(), {1, 5});
  EXPECT_THAT(refusal(square_graph({1, 4})), AllOf(HasSubstr("part.tflite: expected x "),
                                                   HasSubstr("[1, 4]"), HasSubstr("[1, 5]")));
}

TEST_F(Litert, RefusesOtherTypes) {
  TfliteFile tflite;
  const auto x = tflite.add_tensor("x", {1, 4}, tflite::TensorType::int32);
  const auto y = tflite.add_tensor("y", {1, 4}, tflite::TensorType::int32);
  tflite.add_multiply(x, x, y);
  tflite.write(file(), {{"x", x}}, {{"y", y}});
  EXPECT_THAT(refusal(square_graph({1, 4})),
              AllOf(HasSubstr("part.tflite: expected x "), HasSubstr("float32")));
}

TEST_F(Litert, RefusesOtherNamesAndNumbersOfPorts) {
  TfliteFile tflite;
  const auto x = tflite.add_tensor("x", {1, 4}), y = tflite.add_tensor("y", {1, 4});
  tflite.add_multiply(x, x, y);
  tflite.write(file(), {{"input", x}}, {{"y", y}});
  EXPECT_THAT(refusal(square_graph({1, 4})), AllOf(HasSubstr("part.tflite: "), HasSubstr("x")));
  write_square(file(), {1, 4});
  EXPECT_THAT(refusal(pair_graph()), HasSubstr("part.tflite: expected 2 inputs and 2 outputs"));
}

TEST_F(Litert, NamesAFileWithAnOperatorThatTheRuntimeLacks) {
  TfliteFile tflite;
  const auto x = tflite.add_tensor("x", {1, 4}), y = tflite.add_tensor("y", {1, 4});
  tflite.add_operator({.code = 32, .custom_name = "MTKEXT_GELU"}, {x}, y);
  tflite.write(file(), {{"x", x}}, {{"y", y}});
  EXPECT_THAT(refusal(square_graph({1, 4})),
              AllOf(HasSubstr("part.tflite: operator 0 (MTKEXT_GELU) is none of the operators"),
                    HasSubstr("(trust runs it all the same)")));
  EXPECT_THAT(refusal(square_graph({1, 4}), Trust::any_files),
              AllOf(HasSubstr("part.tflite: LiteRT's "), HasSubstr("MTKEXT_GELU")));
}

TEST_F(Litert, RefusesMoreWorkThanThePartsGraphTakes) {
  TfliteFile tflite;
  const auto x = tflite.add_tensor("x", {1, 4});
  auto last = x;
  for (int i = 0; i < 200; ++i) {
    const auto next = tflite.add_tensor(concat("t", i), {1, 4});
    tflite.add_multiply(last, last, next);
    last = next;
  }
  tflite.write(file(), {{"x", x}}, {{"y", last}});
  EXPECT_THAT(refusal(square_graph({1, 4})), AllOf(HasSubstr("part.tflite: it takes 200 operators"),
                                                   HasSubstr("(trust runs it all the same)")));
  EXPECT_EQ(refusal(square_graph({1, 4}), Trust::any_files), "");
}

TEST_F(Litert, RefusesARunOfAnotherShape) {
  write_square(file(), {1, 4});
  const auto executable = load(square_graph({1, 4}));
  const Tensor wide = random_tensor({1, 5}, 1);
  EXPECT_THROW((void)run(*executable, {&wide}, {{1, 4}}), Error);
}

/// Libraries that are not LiteRT; needs none.
class LitertLibrary : public testing::Test {
 protected:
  static std::string refusal(const std::filesystem::path& place) {
    BackendOptions options;
    options.litert = place;
    return expect_error(ErrorKind::unavailable, "", [&] { (void)make_backend("litert", options); });
  }

  TempFolder folder_;
};

TEST_F(LitertLibrary, NamesAPlaceWithoutIt) {
  EXPECT_THAT(refusal(folder_ / "none"), HasSubstr((folder_ / "none").string()));
  EXPECT_THAT(refusal(folder_.path()),
              AllOf(HasSubstr(folder_.path().string()), HasSubstr("libLiteRt.so")));
}

TEST_F(LitertLibrary, NamesAFileThatIsNoLibrary) {
  write_file(folder_ / "libLiteRt.so", "not a library");
  EXPECT_THAT(refusal(folder_.path()),
              AllOf(HasSubstr("litert cannot run here: "), HasSubstr("libLiteRt.so")));
}

TEST_F(LitertLibrary, NamesTheFunctionThatAnotherLibraryLacks) {
  Dl_info standard_library{};
  ASSERT_NE(::dladdr(reinterpret_cast<void*>(&::dladdr), &standard_library), 0);
  EXPECT_THAT(refusal(standard_library.dli_fname),
              AllOf(HasSubstr(standard_library.dli_fname), HasSubstr("LiteRtCreateEnvironment()")));
}

}  // namespace
}  // namespace sotto::test
