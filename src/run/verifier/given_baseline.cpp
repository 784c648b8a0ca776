#include "run/verifier/given_baseline.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/base/text.h"
#include "core/json/json_document.h"
#include "core/signatures/other_files.h"

namespace sotto {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostTokens = 10000;

void append_tokens(const Json& segment, GivenBaseline& baseline) {
  const auto tokens = segment.is_object() ? segment.find("tokens") : segment.end();
  if (tokens == segment.end() || !tokens->is_array()) {
    fail(ErrorKind::format, baseline.file.string(), ": a segment has no array \"tokens\"");
  }
  for (const auto& token : *tokens) {
    const auto id = as_integer(token).value_or(-1);
    if (id < 0 || id > std::numeric_limits<TokenId>::max() ||
        baseline.tokens.size() == kMostTokens) {
      fail(ErrorKind::format, baseline.file.string(), ": \"tokens\" must be at most ", kMostTokens,
           " whole numbers, none below 0");
    }
    baseline.tokens.push_back(static_cast<TokenId>(id));
  }
}

}  // namespace

GivenBaseline read_given_baseline(const std::filesystem::path& folder, const std::string& clip,
                                  const SpecialTokens& special) {
  refuse_other_files(folder, Wanted::results);
  const auto file = MappedFile::open(folder / ("baseline_" + clip + ".json"));
  return parse_given_baseline(file->bytes(), file->path(), special);
}

GivenBaseline parse_given_baseline(std::span<const std::byte> bytes,
                                   const std::filesystem::path& file,
                                   const SpecialTokens& special) {
  GivenBaseline baseline;
  baseline.file = file;
  const Json json = parse_json(bytes, file.string(), {"a JSON object of one clip"});
  const auto text = json.find("text");
  if (text == json.end() || !text->is_string()) {
    fail(ErrorKind::format, baseline.file.string(), ": expected a string \"text\", found none");
  }
  baseline.text = strip_white_space(text->get_ref<const std::string&>());
  const auto segments = json.find("segments");
  if (segments != json.end() && segments->is_array()) {
    for (const auto& segment : *segments) append_tokens(segment, baseline);
  }
  for (const TokenId token : baseline.tokens) {
    baseline.with_timestamps |= token >= special.first_timestamp;
  }
  return baseline;
}

}  // namespace sotto
