#include "run/self_test/self_test.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "run/self_test/expected.h"
#include "run/self_test/one_operation.h"

namespace sotto {
namespace {

constexpr auto kVerdicts =
    std::to_array<std::string_view>({"right", "wrong", "refused", "failed", "untested"});

std::string other_ways() {
  return concat("until then transcribe with ", Option{"backend", "litert"}, " or ",
                Option{"backend", "cpu"});
}

void refuse(OperationResult& result, const neuron::RefusedCall& refusal) {
  result.verdict = Verdict::refused;
  result.function = refusal.function();
  const bool only_says_no = refusal.result() == neuron::kOk;
  result.answer = only_says_no ? std::string() : std::string(neuron::name_of(refusal.result()));
  result.sentence =
      concat(refusal.message(), result.answer.empty() ? "" : concat(", ", result.answer));
  result.remedy =
      refusal.result() == neuron::kUnmappable || only_says_no
          ? "ask `sotto check` of the bundle with this SoC as the target what to export otherwise, "
            "or update the device's NeuroPilot"
          : concat("update the device's NeuroPilot, or report this with the device's version; ",
                   other_ways());
}

void judge(OperationResult& result, const Comparison& comparison) {
  const Comparison::Element& worst = comparison.worst();
  result.elements = comparison.elements();
  result.wrong_elements = comparison.wrong();
  result.element = worst.index;
  result.expected = worst.expected;
  result.found = worst.found;
  result.bound = worst.bound;
  result.verdict = comparison.wrong() == 0 ? Verdict::right : Verdict::wrong;
  if (result.verdict == Verdict::right) return;
  result.sentence =
      concat(result.operation, ' ', result.description,
             ": the device takes it and computes it wrong: ", result.wrong_elements, " of ",
             result.elements, " numbers, and element ", worst.index, " is ", worst.found, " where ",
             worst.expected, " is right and float16 explains ", worst.bound);
  result.remedy =
      concat("do not believe what this device transcribes: update its NeuroPilot and test again; ",
             other_ways());
}

}  // namespace

std::size_t SelfTest::count(Verdict verdict) const {
  return static_cast<std::size_t>(
      std::count_if(results.begin(), results.end(),
                    [&](const OperationResult& result) { return result.verdict == verdict; }));
}

bool SelfTest::passed() const {
  return count(Verdict::wrong) + count(Verdict::refused) + count(Verdict::failed) == 0;
}

std::string_view name_of(Verdict verdict) { return kVerdicts[static_cast<std::size_t>(verdict)]; }

OperationResult result_of(const OperationCase& one) {
  OperationResult result;
  result.operation = one.operation;
  result.description = one.description;
  result.graphs = one.graphs;
  result.occurrences = one.occurrences;
  return result;
}

OperationResult try_operation(const neuron::Api& api, const OperationCase& one,
                              std::uint64_t seed) {
  OperationResult result = result_of(one);
  if (!has_expectation(one)) {
    result.sentence = concat(one.operation, ' ', one.description,
                             ": Sotto has nothing to compare a device's numbers with");
    result.remedy = "compare transcripts of the bundle instead, with `sotto verify`";
    return result;
  }
  const CaseValues values(one, seed);
  try {
    const OperationRun run = run_operation(api, one, values);
    result.compile_seconds = run.compile_seconds;
    result.run_seconds = run.run_seconds;
    Comparison comparison(run.output);
    compare(one, values, comparison);
    judge(result, comparison);
  } catch (const neuron::RefusedCall& refusal) {
    refuse(result, refusal);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io || error.kind() == ErrorKind::internal) throw;
    result.verdict = Verdict::refused;
    result.sentence = error.message();
    result.remedy = other_ways();
  }
  return result;
}

}  // namespace sotto
