#include "model/checkpoint/module_pattern.h"

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "core/archive/printable.h"
#include "core/base/error.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace sotto {
namespace {

constexpr std::size_t kLongest = 4096;
// A name has some 60 letters: what people write takes a few hundred steps and a few kilobytes.
constexpr std::uint32_t kMostSteps = 20000;
constexpr std::uint32_t kMostKibibytes = 1024;
constexpr std::uint32_t kDeepestParentheses = 50;

using CompileRules = std::unique_ptr<pcre2_compile_context, decltype(&pcre2_compile_context_free)>;
using MatchLimits = std::unique_ptr<pcre2_match_context, decltype(&pcre2_match_context_free)>;
using MatchData = std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)>;

}  // namespace

struct ModulePattern::Code {
  pcre2_code* code = nullptr;

  explicit Code(const std::string& pattern) {
    const CompileRules rules(pcre2_compile_context_create(nullptr), &pcre2_compile_context_free);
    if (rules == nullptr) throw std::bad_alloc();
    pcre2_set_parens_nest_limit(rules.get(), kDeepestParentheses);
    constexpr std::uint32_t kOptions =
        PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C;
    int error = 0;
    PCRE2_SIZE position = 0;
    code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), kOptions,
                         &error, &position, rules.get());
  }
  Code(const Code&) = delete;
  Code& operator=(const Code&) = delete;
  ~Code() { pcre2_code_free(code); }
};

ModulePattern::ModulePattern(std::string pattern, Extent extent, std::string source)
    : pattern_(std::move(pattern)), source_(std::move(source)) {
  if (pattern_.size() > kLongest) {
    fail(ErrorKind::unsupported, source_, ": expected regular expressions of at most ", kLongest,
         " bytes, found one of ", pattern_.size());
  }
  code_ = std::make_unique<Code>(extent == Extent::whole ? pattern_
                                                         : concat("(.*\\.)?(", pattern_, ")"));
  if (code_->code == nullptr) {
    fail(ErrorKind::format, source_, ": expected a regular expression, found ",
         printable(pattern_));
  }
}

ModulePattern::~ModulePattern() = default;
ModulePattern::ModulePattern(ModulePattern&&) noexcept = default;
ModulePattern& ModulePattern::operator=(ModulePattern&&) noexcept = default;

bool ModulePattern::matches(std::string_view name) const {
  const MatchLimits limits(pcre2_match_context_create(nullptr), &pcre2_match_context_free);
  const MatchData match(pcre2_match_data_create(1, nullptr), &pcre2_match_data_free);
  if (limits == nullptr || match == nullptr) throw std::bad_alloc();
  pcre2_set_match_limit(limits.get(), kMostSteps);
  pcre2_set_heap_limit(limits.get(), kMostKibibytes);
  const int status = pcre2_match(code_->code, reinterpret_cast<PCRE2_SPTR>(name.data()),
                                 name.size(), 0, 0, match.get(), limits.get());
  if (status >= 0) return true;
  if (status == PCRE2_ERROR_NOMATCH) return false;
  if (status == PCRE2_ERROR_NOMEMORY) throw std::bad_alloc();
  fail(ErrorKind::unsupported, source_,
       ": expected regular expressions that are soon compared with a name, found ",
       printable(pattern_));
}

}  // namespace sotto
