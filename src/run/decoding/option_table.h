#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/base/option_row.h"
#include "run/decoding/transcribe_options.h"

namespace sotto {

/// By the value of Task.
inline constexpr std::array<std::string_view, 2> kTaskNames{"transcribe", "translate"};

enum class OptionTopic {
  speech,        ///< what is said, and where
  temperatures,  ///< which a program may compute from options of its own
  decoding,
  thresholds,  ///< when to try again, and what to take for silence
  words,
};

/// An option of TranscribeOptions, its `decoding` included.
using TranscribeOption =
    OptionRow<OptionTopic, bool TranscribeOptions::*, std::string TranscribeOptions::*,
              std::optional<std::string> TranscribeOptions::*,
              std::optional<double> TranscribeOptions::*, std::vector<double> TranscribeOptions::*,
              bool DecodeOptions::*, Task DecodeOptions::*, std::uint64_t DecodeOptions::*,
              std::optional<std::int64_t> DecodeOptions::*, std::optional<double> DecodeOptions::*,
              std::vector<TokenId> DecodeOptions::*>;

/// Every option that a user of the loop may set, under the names of the reference's command line
/// where that has it, in the order in which to show them. The defaults are those of the structs.
/// What check_options() says of ranges is what is written here. Safe to call from any thread.
[[nodiscard]] std::span<const TranscribeOption> transcribe_option_table();

/// The value behind a row's field, in `options` or in its `decoding`; as const as `options` is.
template <class Field, class Options>
[[nodiscard]] auto& value_of(Field field, Options& options) {
  if constexpr (std::is_invocable_v<Field, Options&>) {
    return std::invoke(field, options);
  } else {
    return std::invoke(field, options.decoding);
  }
}

}  // namespace sotto
