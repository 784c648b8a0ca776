#include "core/base/error.h"
#include "run/decoding/decode.h"
#include "run/decoding/option_table.h"

namespace sotto {
namespace {

/// Throws usage where a value is outside of its row's range; values without numbers have none.
class RangeCheck {
 public:
  explicit RangeCheck(const TranscribeOption& row) : row_(row) {}

  template <class Value>
  void operator()(const Value& /*value*/) const {}

  template <class Number>
  void operator()(const std::optional<Number>& number) const {
    if constexpr (std::is_arithmetic_v<Number>) {
      if (number) check(*number);
    }
  }

  void operator()(const std::vector<double>& numbers) const {
    for (const double number : numbers) check(number);
  }

 private:
  template <class Number>
  void check(Number number) const {
    if (!row_.range) return;
    const auto least = static_cast<Number>(row_.range->least);
    const auto most = static_cast<Number>(row_.range->most);
    if (number >= least && number <= most) return;
    fail(ErrorKind::usage, Option{row_.name}, ": expected a number from ", least, " to ", most,
         ", found ", number);
  }

  const TranscribeOption& row_;
};

/// Of the rows whose fields lie in `options` itself.
template <class Options>
void check_ranges(const Options& options) {
  for (const TranscribeOption& row : transcribe_option_table()) {
    std::visit(
        [&](auto field) {
          if constexpr (std::is_invocable_v<decltype(field), const Options&>) {
            RangeCheck{row}(std::invoke(field, options));
          }
        },
        row.field);
  }
}

void check_clips(const std::vector<double>& times) {
  for (std::size_t i = 1; i < times.size(); i += 2) {
    if (times[i] >= times[i - 1]) continue;
    fail(ErrorKind::usage, Option{"clip_timestamps"}, ": expected ends behind their starts, found ",
         times[i - 1], " to ", times[i]);
  }
}

/// What holds for a window at temperature 0 must not be contradicted by what holds above it, which
/// is why the two sets of options are checked together here and one at a time in decode().
void check_sampling(const DecodeOptions& options) {
  check_ranges(options);
  if (options.patience && !options.beam_size) {
    fail(ErrorKind::usage, Option{"patience"}, ": expected a ", Option{"beam_size"},
         " with it, found none");
  }
}

}  // namespace

void check_decode_options(const DecodeOptions& options) {
  check_sampling(options);
  if (options.beam_size && options.best_of) {
    fail(ErrorKind::usage, "beam search and the best of several samples exclude each other");
  }
  if (options.temperature == 0 && options.best_of) {
    fail(ErrorKind::usage, "the best of several samples needs a temperature above 0");
  }
}

void check_options(const TranscribeOptions& options) {
  if (options.temperatures.empty()) {
    fail(ErrorKind::usage, Option{"temperature"}, ": expected at least one, found none");
  }
  check_ranges(options);
  check_sampling(options.decoding);
  check_clips(options.clip_timestamps);
  if (options.hallucination_silence_threshold && !options.word_timestamps) {
    fail(ErrorKind::usage, Option{"hallucination_silence_threshold"}, ": expected ",
         Option{"word_timestamps", "True"}, " with it");
  }
  if (options.carry_initial_prompt && !options.initial_prompt) {
    fail(ErrorKind::usage, Option{"carry_initial_prompt"}, ": expected an ",
         Option{"initial_prompt"}, " to carry");
  }
}

}  // namespace sotto
