#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <sys/mman.h>
#include <unistd.h>

#include "neuron/simulated_runtime.h"
#include "support/files.h"
#include "support/temp_folder.h"

// Every way of misusing NeuronRuntime has an answer, of its own numbers, and a sentence.

namespace sotto::test {
namespace {

using namespace neuron;
using neuron::runtime::kBadData;
using neuron::runtime::kBadState;
using neuron::runtime::kNoDescriptor;
using neuron::runtime::kOk;
using neuron::runtime::kUnexpectedNull;
using neuron::runtime::QualityOfService;
using neuron::runtime::Result;
using testing::ElementsAre;
using testing::HasSubstr;

const RuntimeApi& api() { return simulated_runtime(); }

struct RuntimeMisuse {
  const char* name;
  Result answer;
  const char* sentence;
  std::function<Result(SimulatedRuntime&)> act;
};

Result set_quality(SimulatedRuntime& made, const std::function<void(QualityOfService&)>& change) {
  QualityOfService quality = some_quality();
  change(quality);
  return api().set_quality_of_service(made.loaded().runtime, &quality);
}

std::vector<std::byte> changed_dla(const std::function<void(std::vector<std::byte>&)>& change) {
  std::vector<std::byte> dla = simulated_dla();
  change(dla);
  return dla;
}

const std::vector<RuntimeMisuse>& misuses_of_lives() {
  static const std::vector<RuntimeMisuse> cases{
      {"NoVersion", kUnexpectedNull, "expected a version, found null",
       [](auto&) { return api().get_version(nullptr); }},
      {"NoPlaceForARuntime", kUnexpectedNull, "expected where the runtime goes, found null",
       [](auto&) {
         const runtime::Environment environment{};
         return api().create("", &environment, nullptr);
       }},
      {"NoOptions", kUnexpectedNull, "expected options, found null",
       [](auto& made) {
         const runtime::Environment environment{};
         return api().create(nullptr, &environment, &made.runtime);
       }},
      {"NoEnvironment", kUnexpectedNull, "expected an environment, found null",
       [](auto& made) { return other_functions().create(nullptr, &made.runtime); }},
      {"AnotherDevice", kBadData, "expected device 4, which is the hardware, found 1",
       [](auto& made) {
         runtime::Environment environment{};
         environment.device = 1;
         return api().create("", &environment, &made.runtime);
       }},
      {"NoRuntime", kUnexpectedNull, "expected runtime, found null",
       [](auto&) { return api().inference(nullptr); }},
      {"ARuntimeThatWasReleased", kBadState, "this is no runtime, or one that was freed",
       [](auto& made) {
         void* const released = made.loaded().runtime;
         api().release(released);
         made.runtime = nullptr;
         return api().inference(released);
       }},
      {"ReleasingTwice", kOk, "this is no runtime, or one that was freed already",
       [](auto& made) {
         api().release(made.created().runtime);
         api().release(made.runtime);
         made.runtime = nullptr;
         return kOk;
       }},
  };
  return cases;
}

const std::vector<RuntimeMisuse>& misuses_of_networks() {
  static const std::vector<RuntimeMisuse> cases{
      {"NoBytes", kUnexpectedNull, "loadNetworkFromBuffer(): expected a buffer, found null",
       [](auto& made) { return api().load_from_buffer(made.created().runtime, nullptr, 64); }},
      {"NoPath", kUnexpectedNull, "expected a path, found null",
       [](auto& made) {
         return other_functions().load_from_file(made.created().runtime, nullptr);
       }},
      {"AFileThatIsNotThere", kBadData, "/nowhere/x.dla",
       [](auto& made) {
         return other_functions().load_from_file(made.created().runtime, "/nowhere/x.dla");
       }},
      {"AStoredNetwork", kBadData, "these bytes are no DLA of this simulator's",
       [](auto& made) {
         return made.created().load(
             changed_dla([](auto& dla) { dla.erase(dla.begin(), dla.begin() + 64); }));
       }},
      {"ADlaThatIsCutOff", kBadData, "a compiled network is cut off or damaged",
       [](auto& made) {
         return made.created().load(changed_dla([](auto& dla) { dla.pop_back(); }));
       }},
      {"ADlaOfItsHeaderAlone", kBadData, "these bytes are no compiled network",
       [](auto& made) {
         return made.created().load(changed_dla([](auto& dla) { dla.resize(64); }));
       }},
      {"LoadingTwice", kBadState, "this runtime has loaded a network already",
       [](auto& made) { return made.loaded().load(simulated_dla()); }},
      {"CountingTooEarly", kBadState, "getInputNumber(): this runtime has loaded no network yet",
       [](auto& made) {
         std::size_t count = 0;
         return api().input_count(made.created().runtime, &count);
       }},
      {"NoPlaceForASize", kUnexpectedNull, "expected an answer's place, found null",
       [](auto& made) { return api().input_size(made.loaded().runtime, 0, nullptr); }},
      {"TheSizeOfAPortBeyondTheLast", kBadData, "getOutputSize(): expected a port below 1, found 1",
       [](auto& made) {
         std::size_t size = 0;
         return api().output_size(made.loaded().runtime, 1, &size);
       }},
      {"APortBeyondAllNumbers", kBadData, "expected a port of the network, found 1099511627776",
       [](auto& made) {
         std::size_t size = 0;
         return api().input_size(made.loaded().runtime, std::uint64_t{1} << 40U, &size);
       }},
  };
  return cases;
}

const std::vector<RuntimeMisuse>& misuses_of_runs() {
  static const std::vector<RuntimeMisuse> cases{
      {"SettingTooEarly", kBadState, "setInput(): this runtime has loaded no network yet",
       [](auto& made) { return made.created().set_input(0, made.values.data(), 16); }},
      {"NoInput", kUnexpectedNull, "setInput(): expected a buffer, found null",
       [](auto& made) { return made.loaded().set_input(0, nullptr, 16); }},
      {"AnInputThatIsTooSmall", kBadData, "port 1: expected 16 bytes, found 15",
       [](auto& made) { return made.loaded().set_input(1, made.values.data(), 15); }},
      {"AnInputBeyondTheLast", kBadData, "setInput(): expected a port below 2, found 2",
       [](auto& made) { return made.loaded().set_input(2, made.values.data(), 16); }},
      {"AnOutputThatIsTooSmall", kBadData, "port 0: expected 16 bytes, found 4",
       [](auto& made) {
         return api().set_output(made.loaded().runtime, 0, made.sum.data(), 4, {kNoDescriptor});
       }},
      {"ADescriptorThatIsNone", kBadData, "descriptor 987 cannot be mapped",
       [](auto& made) { return made.loaded().set_input(0, made.values.data(), 16, 987); }},
      {"NoQuality", kUnexpectedNull, "expected options of quality, found null",
       [](auto& made) { return api().set_quality_of_service(made.loaded().runtime, nullptr); }},
      {"AnUnknownPreference", kBadData, "expected a preference from 0 to 2, found 3",
       [](auto& made) { return set_quality(made, [](auto& quality) { quality.preference = 3; }); }},
      {"AnUnknownPriority", kBadData, "expected a priority from 0 to 2, found -1",
       [](auto& made) { return set_quality(made, [](auto& quality) { quality.priority = -1; }); }},
      {"AnUnknownPolicy", kBadData, "expected a power policy from 0 to 3, found 4",
       [](auto& made) {
         return set_quality(made, [](auto& quality) { quality.power_policy = 4; });
       }},
      {"TooMuchBoost", kBadData, "expected a boost from 0 to 100, found 101",
       [](auto& made) { return set_quality(made, [](auto& quality) { quality.boost = 101; }); }},
      {"RunningTooEarly", kBadState, "inference(): this runtime has loaded no network yet",
       [](auto& made) { return api().inference(made.created().runtime); }},
      {"RunningWithoutAnOutput", kBadState, "output 0 was not set",
       [](auto& made) { return api().inference(made.loaded().runtime); }},
      {"RunningWithoutAnInput", kBadState, "input 0 was not set",
       [](auto& made) {
         made.loaded();
         EXPECT_EQ(api().set_output(made.runtime, 0, made.sum.data(), 16, {kNoDescriptor}), kOk);
         return api().inference(made.runtime);
       }},
  };
  return cases;
}

class RuntimeMisuseOf : public testing::TestWithParam<RuntimeMisuse> {};

TEST_P(RuntimeMisuseOf, HasAnAnswerAndASentence) {
  SimulatedRuntime made;
  (void)simulated_dla();  // made in silence
  testing::internal::CaptureStderr();
  const Result answer = GetParam().act(made);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(answer, GetParam().answer) << said;
  EXPECT_THAT(said, HasSubstr("Sotto's NPU simulator: NeuronRuntime_"));
  EXPECT_THAT(said, HasSubstr(GetParam().sentence));
}

std::string name_of(const testing::TestParamInfo<RuntimeMisuse>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Lives, RuntimeMisuseOf, testing::ValuesIn(misuses_of_lives()), name_of);
INSTANTIATE_TEST_SUITE_P(Networks, RuntimeMisuseOf, testing::ValuesIn(misuses_of_networks()),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Runs, RuntimeMisuseOf, testing::ValuesIn(misuses_of_runs()), name_of);

TEST(RuntimeMisuse, HasASentenceForEachCase) {
  std::set<std::string> sentences;
  std::size_t cases = 0;
  for (const auto* list : {&misuses_of_lives(), &misuses_of_networks(), &misuses_of_runs()}) {
    for (const RuntimeMisuse& misuse : *list) sentences.insert(misuse.sentence), ++cases;
  }
  EXPECT_GE(cases, 30U);
  EXPECT_EQ(sentences.size(), cases);
}

TEST(SimulatedNeuronRuntime, AddsWhatItIsGiven) {
  SimulatedRuntime made;
  made.bound();
  ASSERT_EQ(api().inference(made.runtime), kOk);
  EXPECT_THAT(made.sum, ElementsAre(2, 4, 6, 8));
}

TEST(SimulatedNeuronRuntime, ReadsTheMemoryBehindADescriptor) {
  SimulatedRuntime made;
  made.bound();
  const int descriptor = ::memfd_create("test", 0);
  const std::array<float, 4> others{10, 20, 30, 40};
  ASSERT_EQ(::write(descriptor, others.data(), 16), 16);
  ASSERT_EQ(made.set_input(1, made.values.data(), 16, descriptor), kOk);
  ::close(descriptor);
  ASSERT_EQ(api().inference(made.runtime), kOk);
  EXPECT_THAT(made.sum, ElementsAre(11, 22, 33, 44));
}

TEST(SimulatedNeuronRuntime, LoadsFilesAndTellsSizes) {
  const TempFolder folder;
  const auto& dla = simulated_dla();
  write_file(folder / "sum.dla", {reinterpret_cast<const char*>(dla.data()), dla.size()});
  SimulatedRuntime made;
  made.created();
  ASSERT_EQ(other_functions().load_from_file(made.runtime, (folder / "sum.dla").c_str()), kOk);
  std::size_t inputs = 0, outputs = 0, size = 0, padded = 0;
  EXPECT_EQ(api().input_count(made.runtime, &inputs), kOk);
  EXPECT_EQ(api().output_count(made.runtime, &outputs), kOk);
  EXPECT_EQ(api().output_size(made.runtime, 0, &size), kOk);
  EXPECT_EQ(other_functions().input_padded_size(made.runtime, 0, &padded), kOk);
  EXPECT_EQ(inputs, 2U);
  EXPECT_EQ(outputs, 1U);
  EXPECT_EQ(size, 16U);
  EXPECT_EQ(padded, 16U);
  std::array<std::uint32_t, 4> extents{};
  EXPECT_EQ(other_functions().output_padded_dimensions(made.runtime, 0, extents.data()), kOk);
  EXPECT_THAT(extents, ElementsAre(1, 1, 1, 4));
}

TEST(SimulatedNeuronRuntime, IsNoNeuronAdapter) {
  EXPECT_EQ(find_library(SOTTO_SIMULATED_RUNTIME).interface, Interface::runtime);
  EXPECT_EQ(find_library(SOTTO_SIMULATOR).interface, Interface::adapter);
}

TEST(DescribeRuntime, HasWordsForEachAnswer) {
  EXPECT_EQ(describe_runtime(1), "out of memory (1)");
  EXPECT_EQ(describe_runtime(2), "incomplete (2)");
  EXPECT_EQ(describe_runtime(3), "unexpected null (3)");
  EXPECT_EQ(describe_runtime(4), "bad data (4)");
  EXPECT_EQ(describe_runtime(5), "bad state (5)");
  EXPECT_EQ(describe_runtime(6), "the hardware failed (6)");
  EXPECT_EQ(describe_runtime(7), "an unknown answer (7)");
}

}  // namespace
}  // namespace sotto::test
