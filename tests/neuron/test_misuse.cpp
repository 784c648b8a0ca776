#include <array>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "neuron/misuse.h"

// Every way of misusing the interface that its documentation names has an answer and a sentence of
// its own.

namespace sotto::test {
namespace {

using namespace neuron;
using testing::HasSubstr;

class MisuseOf : public testing::TestWithParam<Misuse> {};

TEST_P(MisuseOf, HasAnAnswerAndASentence) {
  SimulatedModel made;
  testing::internal::CaptureStderr();
  const Result answer = GetParam().act(made);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(answer, GetParam().answer) << said;
  EXPECT_THAT(said, HasSubstr("Sotto's NPU simulator: Neuron"));
  EXPECT_THAT(said, HasSubstr(GetParam().sentence));
}

std::string name_of(const testing::TestParamInfo<Misuse>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Nulls, MisuseOf, testing::ValuesIn(misuse_of_nulls()), name_of);
INSTANTIATE_TEST_SUITE_P(Lives, MisuseOf, testing::ValuesIn(misuse_of_lives()), name_of);
INSTANTIATE_TEST_SUITE_P(Models, MisuseOf, testing::ValuesIn(misuse_of_models()), name_of);
INSTANTIATE_TEST_SUITE_P(Compilations, MisuseOf, testing::ValuesIn(misuse_of_compilations()),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Compiling, MisuseOf, testing::ValuesIn(misuse_of_compiling()), name_of);
INSTANTIATE_TEST_SUITE_P(Executions, MisuseOf, testing::ValuesIn(misuse_of_executions()), name_of);
INSTANTIATE_TEST_SUITE_P(Networks, MisuseOf, testing::ValuesIn(misuse_of_networks()), name_of);

TEST(Misuse, HasASentenceForEachCase) {
  std::set<std::string> sentences;
  std::size_t cases = 0;
  for (const auto* list :
       {&misuse_of_nulls(), &misuse_of_lives(), &misuse_of_models(), &misuse_of_compilations(),
        &misuse_of_compiling(), &misuse_of_executions(), &misuse_of_networks()}) {
    for (const Misuse& misuse : *list) sentences.insert(misuse.sentence), ++cases;
  }
  EXPECT_GE(cases, 60U);
  EXPECT_EQ(sentences.size(), cases);
}

TEST(Simulator, AddsWhatItIsGiven) {
  SimulatedModel made;
  made.executing();
  constexpr std::array<float, 4> kOthers{0.5F, -2, 65504, 1e-8F};
  std::array<float, 4> sum{};
  ASSERT_EQ(bind_input(made, 0, kValues.data(), 16), kOk);
  ASSERT_EQ(bind_input(made, 1, kOthers.data(), 16), kOk);
  ASSERT_EQ(api().execution_set_output(made.execution, 0, nullptr, sum.data(), 16), kOk);
  ASSERT_EQ(api().execution_compute(made.execution), kOk);
  // In float16: 65504 is the largest number, and 1e-8 is none.
  EXPECT_THAT(sum, testing::ElementsAre(1.5F, 0, 65504, 4));
}

}  // namespace
}  // namespace sotto::test
