#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/folder_of_its_own.h"
#include "fuzz/fuzz_target.h"
#include "fuzz/tokenizer_input.h"
#include "model/vocabulary/folder_vocabulary.h"
#include "run/tokenizer/tokenizer.h"

using namespace sotto;

namespace {

void write_files(std::string_view input) {
  for (const char* name : test::kTokenizerFiles) {
    const std::size_t end = std::min(input.find(test::kNextTokenizerFile), input.size());
    const std::string path = concat(test::kFuzzed, "/", name);
    if (end == 0) {
      std::filesystem::remove(path);
    } else {
      test::write_file_here(path, input.substr(0, end));
    }
    input.remove_prefix(std::min(input.size(), end + test::kNextTokenizerFile.size()));
  }
}

/// What was read must be whole: any text comes back from its tokens.
void use_words(const SourceVocabulary& vocabulary) {
  if (vocabulary.ranks.empty() || !vocabulary.layout) return;
  const auto bytes = std::as_bytes(std::span(vocabulary.ranks));
  const Tokenizer tokenizer = Tokenizer::parse(bytes, test::kFuzzed, *vocabulary.layout);
  const std::string text = "abc dabc, \xC3\xA4\n";
  if (tokenizer.decode_text(tokenizer.encode(text)) != text) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*arguments*/) {
  test::enter_folder_of_its_own();
  std::filesystem::create_directory(test::kFuzzed);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  write_files({reinterpret_cast<const char*>(data), size});
  return test::fuzz([&] {
    std::vector<std::string> notes;
    const SourceVocabulary vocabulary = read_folder_vocabulary(test::kFuzzed, notes);
    if (vocabulary.refusal) throw Error(*vocabulary.refusal);
    use_words(vocabulary);
  });
}
