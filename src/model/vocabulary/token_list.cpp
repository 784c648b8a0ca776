#include "model/vocabulary/token_list.h"

#include <algorithm>
#include <array>
#include <system_error>

#include "core/archive/printable.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/json/json_document.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::int64_t kMostTokens = std::int64_t{1} << 20;  // 20 times Whisper's
constexpr std::size_t kMostBytes = std::size_t{16} << 20;

std::int64_t token_id(const json& value, std::string_view spelling, const std::string& source) {
  const auto id = as_integer(value);
  if (id && *id >= 0 && *id < kMostTokens) return *id;
  fail(ErrorKind::format, source, ": expected an id from 0 to ", kMostTokens - 1, " for the token ",
       printable(spelling), ", found something else");
}

void add_token(std::map<std::int64_t, std::string>& tokens, std::int64_t id,
               const std::string& spelling, const std::string& source) {
  const auto [place, is_new] = tokens.emplace(id, spelling);
  if (is_new || place->second == spelling) return;
  fail(ErrorKind::format, source, ": expected a token for each id, found ",
       printable(place->second), " and ", printable(spelling), " for ", id);
}

// {"token": id, …}
void add_all(std::map<std::int64_t, std::string>& tokens, const json& ids,
             const std::string& source) {
  for (const auto& [spelling, id] : ids.items()) {
    add_token(tokens, token_id(id, spelling, source), spelling, source);
  }
}

[[noreturn]] void refuse_kind(const std::string& source, std::string_view part,
                              std::string_view found) {
  fail(ErrorKind::unsupported, source, ": expected a byte-level BPE tokenizer, as Whisper's is, ",
       "found ", part, " ", printable(found));
}

/// The `type` of a part of tokenizer.json; "" where it is null or has none.
std::string type_of(const json& parent, const char* part) {
  const auto found = parent.find(part);
  if (found == parent.end() || !found->is_object()) return {};
  const auto type = found->find("type");
  return type != found->end() && type->is_string() ? type->get<std::string>() : std::string();
}

/// Whether a pre-tokenizer or decoder is "ByteLevel", or a sequence with it.
bool is_byte_level(const json& document, const char* part, const char* items) {
  const std::string type = type_of(document, part);
  if (type != "Sequence") return type == "ByteLevel";
  const json& whole = document.at(part);
  const auto list = whole.find(items);
  if (list == whole.end() || !list->is_array()) return false;
  return std::any_of(list->begin(), list->end(), [](const json& item) {
    const auto kind = item.is_object() ? item.find("type") : item.end();
    return item.is_object() && kind != item.end() && *kind == "ByteLevel";
  });
}

void check_kind(const json& document, const json& model, const std::string& source) {
  if (const std::string type = type_of(document, "model"); !type.empty() && type != "BPE") {
    refuse_kind(source, "the model", type);
  }
  for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    const auto found = model.find(affix);
    if (found != model.end() && found->is_string() &&
        !found->get_ref<const std::string&>().empty()) {
      refuse_kind(source, affix, found->get_ref<const std::string&>());
    }
  }
  if (model.value("byte_fallback", json(false)) == true)
    refuse_kind(source, "byte_fallback", "true");
  if (!is_byte_level(document, "pre_tokenizer", "pretokenizers")) {
    refuse_kind(source, "the pre-tokenizer", type_of(document, "pre_tokenizer"));
  }
  if (const std::string type = type_of(document, "decoder");
      !type.empty() && !is_byte_level(document, "decoder", "decoders")) {
    refuse_kind(source, "the decoder", type);
  }
}

// "a b", or [a, b] as newer versions write it.
std::pair<std::string, std::string> merge_of(const json& item, const std::string& source) {
  if (item.is_array() && item.size() == 2 && item[0].is_string() && item[1].is_string()) {
    return {item[0].get<std::string>(), item[1].get<std::string>()};
  }
  if (item.is_string()) {
    const auto& text = item.get_ref<const std::string&>();
    const std::size_t space = text.find(' ');
    if (space != std::string::npos) return {text.substr(0, space), text.substr(space + 1)};
  }
  fail(ErrorKind::format, source, ": expected merges to be pairs of tokens, found something else");
}

const json& member(const json& object, const char* name, bool (json::*is_kind)() const noexcept,
                   const std::string& source) {
  const auto found = object.find(name);
  if (found != object.end() && ((*found).*is_kind)()) return *found;
  fail(ErrorKind::format, source, ": expected ", name, " of a BPE tokenizer, found ",
       found == object.end() ? "none" : found->type_name());
}

void add_added(TokenList& list, const json& document) {
  const auto added = document.find("added_tokens");
  if (added == document.end()) return;
  for (const json& item : *added) {
    const auto content = item.is_object() ? item.find("content") : item.end();
    const auto id = item.is_object() ? item.find("id") : item.end();
    if (!item.is_object() || content == item.end() || id == item.end() || !content->is_string()) {
      fail(ErrorKind::format, list.source,
           ": expected added_tokens with id and content, found something else");
    }
    const auto& spelling = content->get_ref<const std::string&>();
    add_token(list.added, token_id(*id, spelling, list.source), spelling, list.source);
  }
}

TokenList read_tokenizer_json(const fs::path& path) {
  TokenList list;
  list.source = path.string();
  const json document = read_json(path);
  const json& model = member(document, "model", &json::is_object, list.source);
  check_kind(document, model, list.source);
  add_all(list.tokens, member(model, "vocab", &json::is_object, list.source), list.source);
  for (const json& item : member(model, "merges", &json::is_array, list.source)) {
    list.merges.push_back(merge_of(item, list.source));
  }
  add_added(list, document);
  return list;
}

/// The lines of a text file of at most 16 MB.
std::vector<std::string> lines_of(const fs::path& path) {
  const auto file = MappedFile::open(path);
  const auto bytes = file->bytes();
  if (bytes.size() > kMostBytes) {
    fail(ErrorKind::unsupported, path.string(), ": expected at most ", kMostBytes, " bytes, found ",
         bytes.size());
  }
  std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::vector<std::string> lines;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    rest.remove_prefix(std::min(rest.size(), end + 1));
  }
  return lines;
}

TokenList read_vocab_and_merges(const fs::path& folder) {
  const fs::path merges = folder / "merges.txt";
  TokenList list;
  list.source = (folder / "vocab.json").string();
  add_all(list.tokens, read_json(folder / "vocab.json"), list.source);
  for (const std::string& line : lines_of(merges)) {
    if (line.empty() || line.starts_with("#version")) continue;
    list.merges.push_back(merge_of(line, merges.string()));
  }
  std::error_code ignored;
  if (const fs::path added = folder / "added_tokens.json"; fs::exists(added, ignored)) {
    add_all(list.added, read_json(added), added.string());
  }
  return list;
}

TokenList in_order(const std::vector<std::string>& spellings, const fs::path& path) {
  TokenList list;
  list.source = path.string();
  list.has_merges = false;
  std::int64_t id = 0;
  for (const std::string& spelling : spellings) list.tokens.emplace(id++, spelling);
  return list;
}

// CTranslate2 writes a list of all tokens, in the order of their ids.
TokenList read_listed(const fs::path& path) {
  const json document = parse_any_json(MappedFile::open(path)->bytes(), path.string());
  std::vector<std::string> spellings;
  for (const json& item : document) {
    if (!document.is_array() || !item.is_string()) {
      fail(ErrorKind::format, path.string(), ": expected a list of tokens, found something else");
    }
    spellings.push_back(item.get<std::string>());
  }
  return in_order(spellings, path);
}

}  // namespace

std::optional<std::int64_t> TokenList::find(std::string_view spelling) const {
  for (const auto* ids : {&added, &tokens}) {
    for (const auto& [id, text] : *ids) {
      if (text == spelling) return id;
    }
  }
  return std::nullopt;
}

std::optional<TokenList> read_token_list(const fs::path& folder) {
  const auto has = [&](const char* name) {
    std::error_code ignored;
    return fs::is_regular_file(folder / name, ignored);
  };
  if (has("tokenizer.json")) return read_tokenizer_json(folder / "tokenizer.json");
  if (has("vocab.json") && has("merges.txt")) return read_vocab_and_merges(folder);
  if (has("vocabulary.json")) return read_listed(folder / "vocabulary.json");
  if (has("vocabulary.txt")) {
    return in_order(lines_of(folder / "vocabulary.txt"), folder / "vocabulary.txt");
  }
  return std::nullopt;
}

}  // namespace sotto
