#include "run/tokenizer/pre_tokenizer.h"

#include <cstdint>
#include <new>
#include <string>

#include "core/base/error.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace sotto {
namespace {

// White_Space of the Unicode standard, which never changes. PCRE2's own \s also has U+180E.
constexpr std::string_view kSpace =
    R"(\x{9}-\x{d}\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";

// Letters (L) that Unicode 15, 15.1 and 16 added: PCRE2 10.42 knows Unicode 14.
constexpr std::string_view kLetter =
    R"(\p{L}\x{1c89}\x{1c8a}\x{a7cb}-\x{a7cd}\x{a7da}-\x{a7dc}\x{105c0}-\x{105f3})"
    R"(\x{10d4a}-\x{10d65}\x{10d6f}-\x{10d85}\x{10ec2}-\x{10ec4}\x{1123f}\x{11240})"
    R"(\x{11380}-\x{11389}\x{1138b}\x{1138e}\x{11390}-\x{113b5}\x{113b7}\x{113d1}\x{113d3})"
    R"(\x{11bc0}-\x{11be0}\x{11f02}\x{11f04}-\x{11f10}\x{11f12}-\x{11f33}\x{1342f})"
    R"(\x{13441}-\x{13446}\x{13460}-\x{143fa}\x{16100}-\x{1611d}\x{16d40}-\x{16d6c}\x{18cff})"
    R"(\x{1b132}\x{1b155}\x{1df25}-\x{1df2a}\x{1e030}-\x{1e06d}\x{1e4d0}-\x{1e4eb})"
    R"(\x{1e5d0}-\x{1e5ed}\x{1e5f0}\x{2b739}\x{2ebf0}-\x{2ee5d}\x{31350}-\x{323af})";

// Numbers (N) likewise.
constexpr std::string_view kNumber =
    R"(\p{N}\x{10d40}-\x{10d49}\x{116d0}-\x{116e3}\x{11bf0}-\x{11bf9}\x{11f50}-\x{11f59})"
    R"(\x{16130}-\x{16139}\x{16d70}-\x{16d79}\x{1ccf0}-\x{1ccf9}\x{1d2c0}-\x{1d2d3})"
    R"(\x{1e4f0}-\x{1e4f9}\x{1e5f1}-\x{1e5fa})";

/// GPT-2's pattern: contractions, words, numbers, other signs, each with the space before it, and
/// white space, of which the last is left to the word that follows.
std::string split_pattern() {
  return concat("'s|'t|'re|'ve|'m|'ll|'d",                //
                "| ?[", kLetter, "]+",                    //
                "| ?[", kNumber, "]+",                    //
                "| ?[^", kSpace, kLetter, kNumber, "]+",  //
                "|[", kSpace, "]+(?![^", kSpace, "])",    //
                "|[", kSpace, "]+");
}

}  // namespace

struct PreTokenizer::Pattern {
  pcre2_code* code = nullptr;

  Pattern() = default;
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  ~Pattern() { pcre2_code_free(code); }
};

PreTokenizer::PreTokenizer() : pattern_(std::make_unique<Pattern>()) {
  const std::string pattern = split_pattern();
  int error = 0;
  PCRE2_SIZE position = 0;
  pattern_->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                                 PCRE2_UTF | PCRE2_UCP, &error, &position, nullptr);
  if (pattern_->code == nullptr) {
    fail(ErrorKind::internal, "split pattern: PCRE2 refuses it at ", position, " with error ",
         error);
  }
  // Optional speed: where machine code cannot be made, matching interprets the pattern.
  static_cast<void>(pcre2_jit_compile(pattern_->code, PCRE2_JIT_COMPLETE));
}

PreTokenizer::~PreTokenizer() = default;
PreTokenizer::PreTokenizer(PreTokenizer&&) noexcept = default;
PreTokenizer& PreTokenizer::operator=(PreTokenizer&&) noexcept = default;

void PreTokenizer::split(std::string_view text,
                         const std::function<void(std::string_view)>& on_piece) const {
  const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> match(
      pcre2_match_data_create(1, nullptr), &pcre2_match_data_free);
  if (match == nullptr) throw std::bad_alloc();
  std::size_t position = 0;
  while (position < text.size()) {
    const int status = pcre2_match(pattern_->code, reinterpret_cast<PCRE2_SPTR>(text.data()),
                                   text.size(), position, PCRE2_NO_UTF_CHECK, match.get(), nullptr);
    const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(match.get());
    if (status < 0 || bounds[0] != position || bounds[1] <= position) {
      fail(ErrorKind::internal, "split pattern: PCRE2 finds no piece at byte ", position,
           " of the text (status ", status, ")");
    }
    on_piece(text.substr(position, bounds[1] - position));
    position = bounds[1];
  }
}

}  // namespace sotto
