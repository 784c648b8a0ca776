#include "core/bundle/vocabulary_file.h"

#include <algorithm>
#include <string_view>
#include <system_error>

#include "core/base/environment.h"
#include "core/base/error.h"
#include "core/bundle/sha256.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

struct VocabularyFile {
  std::string_view name;
  std::string_view sha256;
  std::int64_t entries;
};

// As the reference package (openai/whisper, whisper/assets) publishes them.
constexpr VocabularyFile kEnglish{
    "gpt2.tiktoken", "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930", 50256};
constexpr VocabularyFile kMultilingual{
    "multilingual.tiktoken", "b34b360dbb493e781e479794586d661700670d65564001f23024971d1f2fa126",
    50257};
constexpr std::int64_t kEnglishTokens = 51864;

const VocabularyFile& vocabulary_for(std::int64_t n_vocab) {
  return n_vocab == kEnglishTokens ? kEnglish : kMultilingual;
}

/// Whether `line` is something, a space and `rank`.
bool has_rank(std::string_view line, std::int64_t rank) {
  const auto space = line.find(' ');
  return space != 0 && space != std::string_view::npos &&
         line.substr(space + 1) == std::to_string(rank);
}

fs::path vocabulary_folder() {
  if (fs::path folder = environment_path("SOTTO_VOCABULARY_DIR"); !folder.empty()) return folder;
  return cache_folder() / "vocabulary";
}

}  // namespace

fs::path vocabulary_path(std::int64_t n_vocab) {
  const fs::path path = vocabulary_folder() / vocabulary_for(n_vocab).name;
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    fail(ErrorKind::not_found, path.string(),
         ": expected the model's vocabulary, found none; ./demo.sh and ./test.sh fetch it, and "
         "SOTTO_VOCABULARY_DIR names another folder");
  }
  return path;
}

void check_vocabulary(std::span<const std::byte> bytes, std::int64_t n_vocab,
                      const std::string& source) {
  Sha256 hash;
  hash.write(bytes);
  const std::string found = hash.finish();
  const VocabularyFile& expected = vocabulary_for(n_vocab);
  if (found != expected.sha256) {
    fail(ErrorKind::mismatch, source, ": expected the vocabulary ", expected.name,
         " with the SHA-256 ", expected.sha256, ", found ", found);
  }
}

void check_vocabulary_form(std::span<const std::byte> bytes, std::int64_t n_vocab,
                           const std::string& source) {
  std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::int64_t lines = 0;
  for (; !rest.empty(); ++lines) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    if (!has_rank(line, lines)) {
      fail(ErrorKind::mismatch, source, ": line ", lines + 1,
           ": expected a base64 token, a space and the rank ", lines, ", found something else");
    }
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  const std::int64_t expected = vocabulary_for(n_vocab).entries;
  if (lines != expected) {
    fail(ErrorKind::mismatch, source, ": expected the ", expected,
         " tokens that a model with a vocabulary of ", n_vocab, " has, found ", lines);
  }
}

}  // namespace sotto
