#include <algorithm>
#include <array>
#include <string>

#include "core/base/text.h"
#include "run/tokenizer/tokenizer.h"

namespace sotto {
namespace {

constexpr std::array<Language, 100> kLanguages{{
    {"en", "english"},        {"zh", "chinese"},     {"de", "german"},        {"es", "spanish"},
    {"ru", "russian"},        {"ko", "korean"},      {"fr", "french"},        {"ja", "japanese"},
    {"pt", "portuguese"},     {"tr", "turkish"},     {"pl", "polish"},        {"ca", "catalan"},
    {"nl", "dutch"},          {"ar", "arabic"},      {"sv", "swedish"},       {"it", "italian"},
    {"id", "indonesian"},     {"hi", "hindi"},       {"fi", "finnish"},       {"vi", "vietnamese"},
    {"he", "hebrew"},         {"uk", "ukrainian"},   {"el", "greek"},         {"ms", "malay"},
    {"cs", "czech"},          {"ro", "romanian"},    {"da", "danish"},        {"hu", "hungarian"},
    {"ta", "tamil"},          {"no", "norwegian"},   {"th", "thai"},          {"ur", "urdu"},
    {"hr", "croatian"},       {"bg", "bulgarian"},   {"lt", "lithuanian"},    {"la", "latin"},
    {"mi", "maori"},          {"ml", "malayalam"},   {"cy", "welsh"},         {"sk", "slovak"},
    {"te", "telugu"},         {"fa", "persian"},     {"lv", "latvian"},       {"bn", "bengali"},
    {"sr", "serbian"},        {"az", "azerbaijani"}, {"sl", "slovenian"},     {"kn", "kannada"},
    {"et", "estonian"},       {"mk", "macedonian"},  {"br", "breton"},        {"eu", "basque"},
    {"is", "icelandic"},      {"hy", "armenian"},    {"ne", "nepali"},        {"mn", "mongolian"},
    {"bs", "bosnian"},        {"kk", "kazakh"},      {"sq", "albanian"},      {"sw", "swahili"},
    {"gl", "galician"},       {"mr", "marathi"},     {"pa", "punjabi"},       {"si", "sinhala"},
    {"km", "khmer"},          {"sn", "shona"},       {"yo", "yoruba"},        {"so", "somali"},
    {"af", "afrikaans"},      {"oc", "occitan"},     {"ka", "georgian"},      {"be", "belarusian"},
    {"tg", "tajik"},          {"sd", "sindhi"},      {"gu", "gujarati"},      {"am", "amharic"},
    {"yi", "yiddish"},        {"lo", "lao"},         {"uz", "uzbek"},         {"fo", "faroese"},
    {"ht", "haitian creole"}, {"ps", "pashto"},      {"tk", "turkmen"},       {"nn", "nynorsk"},
    {"mt", "maltese"},        {"sa", "sanskrit"},    {"lb", "luxembourgish"}, {"my", "myanmar"},
    {"bo", "tibetan"},        {"tl", "tagalog"},     {"mg", "malagasy"},      {"as", "assamese"},
    {"tt", "tatar"},          {"haw", "hawaiian"},   {"ln", "lingala"},       {"ha", "hausa"},
    {"ba", "bashkir"},        {"jw", "javanese"},    {"su", "sundanese"},     {"yue", "cantonese"},
}};

/// The reference's further names of languages, as code.
constexpr std::array<Language, 12> kAliases{{{"my", "burmese"},
                                             {"ca", "valencian"},
                                             {"nl", "flemish"},
                                             {"ht", "haitian"},
                                             {"lb", "letzeburgesch"},
                                             {"ps", "pushto"},
                                             {"pa", "panjabi"},
                                             {"ro", "moldavian"},
                                             {"ro", "moldovan"},
                                             {"si", "sinhalese"},
                                             {"es", "castilian"},
                                             {"zh", "mandarin"}}};

}  // namespace

std::span<const Language> languages() { return kLanguages; }

const Language* find_language(std::string_view wanted) {
  const std::string lower = lower_case(wanted);
  const auto* alias = std::find_if(kAliases.begin(), kAliases.end(),
                                   [&](const Language& entry) { return entry.name == lower; });
  const std::string_view key = alias == kAliases.end() ? lower : alias->code;
  const auto* found = std::find_if(
      kLanguages.begin(), kLanguages.end(),
      [&](const Language& language) { return language.code == key || language.name == key; });
  return found == kLanguages.end() ? nullptr : found;
}

const Language& language_of(const SpecialTokens& special, TokenId token) {
  return kLanguages.at(static_cast<std::size_t>(token - special.first_language));
}

}  // namespace sotto
