#include "host/device_output_table.h"

#include <cmath>

#include "core/base/error.h"
#include "shown.h"
#include "table.h"

namespace sotto::cli {
namespace {

constexpr int kPercent = 100;

std::string rows_line(const OutputComparison& one) {
  if (!one.first_apart) {
    return concat("No row is further off than ", fixed(kApart * kPercent, 0),
                  " % of the largest value");
  }
  return concat(one.rows_apart, " of ", one.rows, " rows are further off than ",
                fixed(kApart * kPercent, 0), " % of the largest value, row ", *one.first_apart,
                " the first, row ", one.worst_row, " the most");
}

std::string decoded_line(const OutputComparison& one) {
  if (!one.with_given || !one.with_own) return "";
  if (one.with_given->tokens == one.with_own->tokens) {
    return concat("Decoded here it gives the very tokens: \"",
                  shown_on_a_line(one.with_given->text), "\"\n");
  }
  return concat("Decoded here it gives OTHER tokens: \"", shown_on_a_line(one.with_given->text),
                "\" where this machine's gives \"", shown_on_a_line(one.with_own->text), "\"\n");
}

}  // namespace

std::string device_output_table(const Clip& clip,
                                const std::vector<OutputComparison>& comparisons) {
  Table table(
      {"output", "file", "stored as", ">largest difference", ">of largest", ">mean", ">cosine"});
  std::string lines;
  bool passed = true;
  for (const OutputComparison& one : comparisons) {
    constexpr int kDigits = 6;
    const std::string file = one.given.file.filename().string();
    table.add({one.output, file, one.stored_as, scientific(one.difference.largest),
               scientific(one.difference.relative()), scientific(one.mean),
               std::isfinite(one.cosine) ? fixed(one.cosine, kDigits) : "-"});
    lines += concat(shown_on_a_line(file), ": ", rows_line(one), "\n", decoded_line(one));
    passed = passed && one.passed();
  }
  return concat("Outputs of ", shown_on_a_line(clip.name()), " that were computed elsewhere, ",
                "against the unsplit model on cpu\n", table.text(), lines,
                passed ? "Verified.\n" : "FAILED.\n");
}

}  // namespace sotto::cli
