#pragma once

#include <span>

#include "core/base/option_row.h"
#include "transcribe_arguments.h"

namespace sotto::cli {

enum class ArgumentTopic { input, model, output, listening, temperature, subtitles };

using ArgumentRow =
    OptionRow<ArgumentTopic, bool TranscribeArguments::*, std::string TranscribeArguments::*,
              std::filesystem::path TranscribeArguments::*, DecoderKind TranscribeArguments::*,
              Trust TranscribeArguments::*, Precision TranscribeArguments::*,
              NpuPreference NpuOptions::*, NpuPriority NpuOptions::*, std::int64_t NpuOptions::*,
              Device TranscribeArguments::*, std::int64_t TranscribeArguments::*,
              std::vector<std::pair<std::int64_t, std::int64_t>> TranscribeArguments::*,
              std::optional<std::string> TranscribeArguments::*,
              std::optional<PcmFormat> TranscribeArguments::*, double TranscribeArguments::*,
              std::optional<double> TranscribeArguments::*,
              std::vector<OutputFormat> TranscribeArguments::*, bool SubtitleOptions::*,
              std::optional<std::int64_t> SubtitleOptions::*>;

/// An option of the program's own, beside those of the loop (run/decoding/option_table.h). One
/// without a placeholder takes no value.
struct Argument : ArgumentRow {
  char letter = '\0';  ///< its short name, where it has one
};

/// All but the recordings and the model, in the order of --help.
[[nodiscard]] std::span<const Argument> argument_table();

/// The value behind a row's field, in `arguments`, its `npu` or its `subtitles`; as const as those
/// are.
template <class Field, class Arguments>
[[nodiscard]] auto& argument_value(Field field, Arguments& arguments) {
  if constexpr (std::is_invocable_v<Field, Arguments&>) {
    return std::invoke(field, arguments);
  } else if constexpr (std::is_invocable_v<Field, decltype((arguments.npu))>) {
    return std::invoke(field, arguments.npu);
  } else {
    return std::invoke(field, arguments.subtitles);
  }
}

}  // namespace sotto::cli
