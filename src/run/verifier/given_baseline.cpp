#include "run/verifier/given_baseline.h"

#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/base/mapped_file.h"

namespace sotto {

namespace {

using Json = nlohmann::json;

// A clip lasts one window at most, so a file of this size is something else.
constexpr std::size_t kMostBytes = std::size_t{16} << 20;
constexpr std::size_t kMostTokens = 10000;

Json parse(const std::filesystem::path& file) {
  const auto mapped = MappedFile::open(file);
  const auto bytes = mapped->bytes();
  if (bytes.size() > kMostBytes) {
    fail(ErrorKind::format, file.string(), ": expected the JSON of one clip, found ", bytes.size(),
         " bytes");
  }
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  Json json = Json::parse(text, text + bytes.size(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    fail(ErrorKind::format, file.string(), ": expected a JSON object, found something else");
  }
  return json;
}

void append_tokens(const Json& segment, GivenBaseline& baseline) {
  const auto tokens = segment.is_object() ? segment.find("tokens") : segment.end();
  if (tokens == segment.end() || !tokens->is_array()) {
    fail(ErrorKind::format, baseline.file.string(), ": a segment has no array \"tokens\"");
  }
  for (const auto& token : *tokens) {
    if (!token.is_number_integer() || baseline.tokens.size() == kMostTokens) {
      fail(ErrorKind::format, baseline.file.string(), ": \"tokens\" must be at most ", kMostTokens,
           " whole numbers");
    }
    baseline.tokens.push_back(token.get<TokenId>());
  }
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

GivenBaseline read_given_baseline(const std::filesystem::path& folder, const std::string& clip,
                                  const SpecialTokens& special) {
  GivenBaseline baseline;
  baseline.file = folder / ("baseline_" + clip + ".json");
  const Json json = parse(baseline.file);
  const auto text = json.find("text");
  if (text == json.end() || !text->is_string()) {
    fail(ErrorKind::format, baseline.file.string(), ": expected a string \"text\", found none");
  }
  baseline.text = trimmed(text->get<std::string>());
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
