#include "core/bundle/vocabulary_file.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include "core/base/environment.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/bundle/sha256.h"
#include "core/bundle/vocabulary_layout.h"
#include "core/signatures/other_files.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

struct VocabularyFile {
  std::string_view name;
  std::string_view sha256;
};

// As the reference package (openai/whisper, whisper/assets) publishes them.
constexpr VocabularyFile kEnglish{
    "gpt2.tiktoken", "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930"};
constexpr VocabularyFile kMultilingual{
    "multilingual.tiktoken", "b34b360dbb493e781e479794586d661700670d65564001f23024971d1f2fa126"};

const VocabularyFile& vocabulary_of(std::int64_t words) {
  return words == kEnglishWords ? kEnglish : kMultilingual;
}

/// The id of a line of something, a space and an id; nullopt for another line.
std::optional<std::size_t> id_of(std::string_view line) {
  const auto space = line.find(' ');
  if (space == 0 || space == std::string_view::npos) return std::nullopt;
  std::size_t id = 0;
  const char* end = line.data() + line.size();
  const auto [stop, status] = std::from_chars(line.data() + space + 1, end, id);
  return status == std::errc() && stop == end ? std::optional(id) : std::nullopt;
}

fs::path vocabulary_folder() {
  if (fs::path folder = environment_path("SOTTO_VOCABULARY_DIR"); !folder.empty()) return folder;
  return cache_folder() / "vocabulary";
}

/// For a rank file of so many words.
VocabularyLayout layout_for(std::int64_t n_vocab, const std::optional<VocabularyLayout>& own,
                            std::int64_t words, const std::string& source) {
  const auto layout = own ? own : smaller_layout(words, n_vocab);
  if (layout && layout->words == words) return *layout;
  if (!layout) {
    fail(ErrorKind::mismatch, source, ": expected the words of a model with ", n_vocab,
         " tokens, 99 or 100 languages among them, found ", words);
  }
  fail(ErrorKind::mismatch, source, ": expected the ", layout->words,
       " words that a model with a vocabulary of ", rows_of(*layout), " has, found ", words);
}

}  // namespace

fs::path vocabulary_path(std::int64_t words) {
  const fs::path path = vocabulary_folder() / vocabulary_of(words).name;
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    fail(ErrorKind::not_found, path.string(),
         ": expected the model's vocabulary, found none; ./demo.sh and ./test.sh fetch it, and "
         "SOTTO_VOCABULARY_DIR names another folder");
  }
  return path;
}

void check_vocabulary(std::span<const std::byte> bytes, std::int64_t words,
                      const std::string& source) {
  Sha256 hash;
  hash.write(bytes);
  const std::string found = hash.finish();
  const VocabularyFile& expected = vocabulary_of(words);
  if (found != expected.sha256) {
    fail(ErrorKind::mismatch, source, ": expected the vocabulary ", expected.name,
         " with the SHA-256 ", expected.sha256, ", found ", found);
  }
}

std::int64_t count_words(std::span<const std::byte> bytes, const std::string& source) {
  std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::vector<bool> seen(static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '\n')) + 1);
  std::size_t lines = 0;
  std::size_t largest = 0;
  for (; !rest.empty(); ++lines) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    const std::optional<std::size_t> id = id_of(line);
    if (!id || *id >= seen.size() || seen[*id]) {
      fail(ErrorKind::mismatch, source, ": line ", lines + 1,
           ": expected a base64 token, a space and an id of its own that is less than the number "
           "of lines, found something else");
    }
    seen[*id] = true;
    largest = std::max(largest, *id);
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  if (lines == 0 || largest + 1 != lines) {
    fail(ErrorKind::mismatch, source, ": expected lines with the ids from 0 to ", largest,
         ", found ", lines, " lines");
  }
  return static_cast<std::int64_t>(lines);
}

RankFile map_rank_file(const fs::path& path, const VocabularyLayout& layout) {
  const auto file = MappedFile::open(path);
  return {file, file->bytes(), path.string(), layout};
}

RankFile read_rank_file(const fs::path& path, std::int64_t n_vocab,
                        const std::optional<VocabularyLayout>& own) {
  refuse_other_files(path, Wanted::vocabulary);
  RankFile ranks = map_rank_file(path, {});
  ranks.layout = layout_for(n_vocab, own, count_words(ranks.bytes, ranks.source), ranks.source);
  return ranks;
}

}  // namespace sotto
