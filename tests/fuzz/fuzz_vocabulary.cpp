#include "fuzz/fuzz_target.h"
#include "run/tokenizer/vocabulary.h"

using namespace sotto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return test::fuzz([&] {
    const Vocabulary vocabulary = Vocabulary::parse(test::bytes_of(data, size), test::kFuzzed);
    for (TokenId id = 0; id < vocabulary.size(); ++id) {
      if (vocabulary.find(vocabulary.bytes_of(id)) != id) std::abort();
    }
  });
}
