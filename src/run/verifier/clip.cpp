#include "run/verifier/clip.h"

#include <map>

#include "core/base/error.h"
#include "run/tokenizer/tokenizer.h"

namespace sotto {

namespace {

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

}  // namespace

Clip parse_clip(const std::string& argument) {
  const auto colon = argument.rfind(':');
  if (colon == std::string::npos || colon == 0) return {argument, std::nullopt};
  const std::string file = argument.substr(0, colon);
  const std::string word = argument.substr(colon + 1);
  const bool named = find_language(word) != nullptr || (exists(file) && !exists(argument));
  if (!named) return {argument, std::nullopt};
  return {file, word};
}

std::vector<Clip> parse_clips(const std::vector<std::string>& arguments) {
  std::vector<Clip> clips;
  std::map<std::string, std::string> seen;
  for (const auto& argument : arguments) {
    clips.push_back(parse_clip(argument));
    const auto [entry, is_new] = seen.emplace(clips.back().name(), argument);
    if (!is_new) {
      fail(ErrorKind::usage, argument, ": results are named after the clip, and ", entry->second,
           " is called ", entry->first, " already");
    }
  }
  return clips;
}

}  // namespace sotto
