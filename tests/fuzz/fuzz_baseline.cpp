#include <algorithm>

#include "fuzz/fuzz_target.h"
#include "run/verifier/given_baseline.h"

using namespace sotto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return test::fuzz([&] {
    static const SpecialTokens special = special_tokens(51865);
    const GivenBaseline baseline =
        parse_given_baseline(test::bytes_of(data, size), test::kFuzzed, special);
    const auto first = [&](TokenId token) { return token >= special.first_timestamp; };
    const auto& tokens = baseline.tokens;
    if (baseline.with_timestamps != std::any_of(tokens.begin(), tokens.end(), first)) std::abort();
    if (std::any_of(tokens.begin(), tokens.end(), [](TokenId token) { return token < 0; }) ||
        baseline.text.starts_with(' ') || baseline.text.ends_with(' ')) {
      std::abort();
    }
  });
}
