#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/neuron/neuron_api.h"
#include "run/self_test/operation_case.h"

namespace sotto {

/// What became of one operation on the device.
enum class Verdict {
  right,     ///< all numbers within what rounding explains
  wrong,     ///< some are not
  refused,   ///< the library does not compile or run it
  failed,    ///< the process with the vendor's library in it died, or stood still
  untested,  ///< Sotto has nothing to compare with
};

struct OperationResult {
  std::string operation, description;
  std::vector<std::string> graphs;
  std::uint64_t occurrences = 0;
  Verdict verdict = Verdict::untested;
  std::string function;  ///< of a refusal: which was asked
  std::string answer;    ///< of a refusal: "NEURON_UNMAPPABLE"; empty where it only says no
  double compile_seconds = 0, run_seconds = 0;
  std::uint64_t elements = 0, wrong_elements = 0;
  /// The element that is farthest from what is right, for its bound; NaN where it is none.
  std::uint64_t element = 0;
  double expected = 0, found = 0, bound = 0;
  std::string sentence, remedy;  ///< of what is not right
  bool operator==(const OperationResult&) const = default;
};

/// Every distinct operation of a bundle, tried on a device.
struct SelfTest {
  std::string bundle, library, version;
  bool simulation = false;
  std::uint64_t seed = 0;
  double seconds = 0;
  std::vector<OperationResult> results;
  bool operator==(const SelfTest&) const = default;

  [[nodiscard]] std::size_t count(Verdict verdict) const;
  /// Nothing wrong, refused or failed.
  [[nodiscard]] bool passed() const;
};

/// What numbers are made from where nothing else is said.
inline constexpr std::uint64_t kSelfTestSeed = 1;

/// "right", "wrong", …
[[nodiscard]] std::string_view name_of(Verdict verdict);

/// The case, of which nothing is known yet.
[[nodiscard]] OperationResult result_of(const OperationCase& one);

/// Tries one operation. Whatever the library answers is in the result.
[[nodiscard]] OperationResult try_operation(const neuron::Api& api, const OperationCase& one,
                                            std::uint64_t seed);

}  // namespace sotto
