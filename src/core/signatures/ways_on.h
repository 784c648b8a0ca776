#pragma once

#include <string_view>

// What to do instead of naming a file, by what it is.

namespace sotto::ways_on {

inline constexpr std::string_view kOriginal =
    "name the checkpoint that it was converted from: OpenAI's .pt, or a folder of Hugging Face's "
    "or CTranslate2's";
inline constexpr std::string_view kFetchAgain = "fetch the file again";
inline constexpr std::string_view kUnpack = "unpack it and name what was in it";

}  // namespace sotto::ways_on
