#include "run/tokenizer/vocabulary.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <functional>
#include <string>

#include "core/base/error.h"

namespace sotto {
namespace {

constexpr std::size_t kMostBytes = std::size_t{16} << 20;  // 20 times the largest of Whisper's
constexpr TokenId kNoToken = -1;

/// The 6 bits of a base64 digit, or −1.
int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

/// Appends what `text` stands for to `out`; false when it is not base64. A lone "=" is no bytes.
bool append_base64(std::string_view text, std::vector<char>& out) {
  const std::size_t digits = std::min(text.find('='), text.size());
  const std::string_view padding = text.substr(digits);
  if (!padding.empty() && padding != "=" && padding != "==") return false;
  if (digits % 4 == 1) return false;
  unsigned bits = 0;
  int held = 0;
  for (const char c : text.substr(0, digits)) {
    const int digit = base64_digit(c);
    if (digit < 0) return false;
    bits = (bits << 6 | static_cast<unsigned>(digit)) & 0xFFFF;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<char>(bits >> held & 0xFF));
  }
  return true;
}

/// One parsed line; the token's bytes have been appended elsewhere.
std::optional<std::int64_t> parse_line(std::string_view line, std::vector<char>& bytes) {
  const std::size_t space = line.find(' ');
  if (space == 0 || space == std::string_view::npos) return std::nullopt;
  if (!append_base64(line.substr(0, space), bytes)) return std::nullopt;
  std::int64_t rank = -1;
  const char* end = line.data() + line.size();
  const auto [stop, status] = std::from_chars(line.data() + space + 1, end, rank);
  if (status != std::errc() || stop != end || rank < 0) return std::nullopt;
  return rank;
}

std::string quoted_start(std::string_view line) {
  constexpr std::size_t kShown = 40;
  std::string shown;
  for (const char c : line.substr(0, kShown)) shown += c >= ' ' && c <= '~' ? c : '?';
  return "\"" + shown + (line.size() > kShown ? "…\"" : "\"");
}

}  // namespace

Vocabulary Vocabulary::parse(std::span<const std::byte> file, std::string_view name) {
  if (file.size() > kMostBytes) {
    fail(ErrorKind::format, name, ": expected a vocabulary of at most ", kMostBytes,
         " bytes, found ", file.size());
  }
  std::string_view rest(reinterpret_cast<const char*>(file.data()), file.size());
  const auto lines = static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '\n')) +
                     (!rest.empty() && rest.back() != '\n' ? 1 : 0);
  Vocabulary vocabulary;
  vocabulary.tokens_.resize(lines);
  vocabulary.bytes_.reserve(file.size());
  std::vector<bool> seen(lines);
  for (std::size_t number = 1; number <= lines; ++number) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const std::size_t begin = vocabulary.bytes_.size();
    const std::optional<std::int64_t> found = parse_line(line, vocabulary.bytes_);
    if (!found) {
      fail(ErrorKind::format, name, ": line ", number,
           ": expected a base64 token, a space and its id, found ", quoted_start(line));
    }
    const auto id = static_cast<std::size_t>(*found);
    if (id >= lines || seen[id]) {
      fail(ErrorKind::format, name, ": line ", number, ": expected each id below ", lines,
           " once, found ", *found, id < lines ? " again" : "");
    }
    seen[id] = true;
    const std::size_t size = vocabulary.bytes_.size() - begin;
    vocabulary.tokens_[id] = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(size),
                              static_cast<std::uint32_t>(number - 1)};
  }
  vocabulary.index_tokens(name);
  return vocabulary;
}

void Vocabulary::index_tokens(std::string_view name) {
  slots_.assign(std::bit_ceil(2 * tokens_.size() + 1), kNoToken);
  for (TokenId id = 0; id < size(); ++id) {
    const std::string_view bytes = bytes_of(id);
    const std::size_t slot = slot_of(bytes);
    if (slots_[slot] != kNoToken) {
      fail(ErrorKind::format, name, ": expected each token once, found the same for the ids ",
           slots_[slot], " and ", id);
    }
    slots_[slot] = id;
    longest_ = std::max(longest_, bytes.size());
  }
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    if (find({&c, 1})) continue;
    fail(ErrorKind::format, name, ": expected a token for each single byte, found none for byte ",
         byte, " among ", tokens_.size(), " tokens");
  }
}

std::size_t Vocabulary::slot_of(std::string_view bytes) const {
  std::size_t slot = std::hash<std::string_view>{}(bytes) & (slots_.size() - 1);
  while (slots_[slot] != kNoToken && bytes_of(slots_[slot]) != bytes) {
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slot;
}

std::string_view Vocabulary::bytes_of(TokenId id) const {
  const Slice slice = tokens_[static_cast<std::size_t>(id)];
  return {bytes_.data() + slice.begin, slice.size};
}

std::optional<TokenId> Vocabulary::find(std::string_view bytes) const {
  if (bytes.size() > longest_) return std::nullopt;
  const TokenId id = slots_[slot_of(bytes)];
  return id == kNoToken ? std::nullopt : std::optional(id);
}

}  // namespace sotto
