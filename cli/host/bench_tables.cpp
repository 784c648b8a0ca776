#include "host/bench_tables.h"

#include "core/base/error.h"
#include "table.h"

namespace sotto::cli {
namespace {

constexpr double kMillisecond = 1e3;
constexpr double kPercent = 100;
constexpr double kGiga = 1e9;

/// Enough decimals for three figures: "421 ms", "21.3 ms", "0.834 ms".
std::string milliseconds(double seconds) {
  const double value = seconds * kMillisecond;
  constexpr double kThreeDigits = 100, kTwoDigits = 10;
  const int decimals = value >= kThreeDigits ? 0 : value >= kTwoDigits ? 1 : value >= 1 ? 2 : 3;
  return fixed(value, decimals) + " ms";
}

std::string times(double ratio) { return fixed(ratio, 2) + " x"; }

void add_row(Table& table, const std::string& what, const Spread& spread,
             const std::string& note = "") {
  table.add({what, milliseconds(spread.median), milliseconds(spread.least),
             milliseconds(spread.most), std::to_string(spread.count), note});
}

std::string encoder_note(const BenchReport& report) {
  if (report.encoder_operations == 0) return {};
  const double speed = gigaflops(report.encoder_operations, report.encoder.median);
  std::string note = fixed(speed, 0) + " GFLOP/s";
  if (!report.product) return note;
  const double product = gigaflops(report.product_operations, report.product->median);
  return note + ", " + fixed(kPercent * speed / product, 0) + " % of the product's";
}

std::string read_note(const BenchReport& report) {
  const auto bytes = static_cast<double>(report.step_bytes);
  return byte_size(bytes) + " in " + fixed(bytes / report.plain_read->median / kGiga, 1) + " GB/s";
}

void add_steps(Table& table, const BenchReport& report) {
  for (const auto& step : report.steps) {
    std::string note;
    if (const auto ratio = over_plain_read(report, step))
      note = times(*ratio) + " of the plain read";
    if (step.kind.rows > 1) {
      note += (note.empty() ? "" : ", ") +
              times(step.time.median / report.steps.front().time.median) + " of one row";
    }
    add_row(table, name_of(step.kind), step.time, note);
  }
  if (report.plain_read) add_row(table, "plain read", *report.plain_read, read_note(report));
}

std::string clip_text(const BenchReport::Clip& clip) {
  Table table({"recording", clip.audio.filename().string()});
  const TranscriptionTimes& parts = clip.times;
  table.add({"length", fixed(parts.audio_seconds, 1) + " s"});
  table.add({"time", concat(fixed(clip.time.median, 2), " s of ", clip.time.count,
                            clip.time.count == 1 ? " run" : " runs")});
  table.add({"real-time factor",
             concat(fixed(clip.time.median / parts.audio_seconds, 4), ", ",
                    fixed(parts.audio_seconds / clip.time.median, 1), " times as fast as it is")});
  table.add({"reading", fixed(parts.audio_time, 2) + " s"});
  table.add({"mel, encoder", fixed(parts.encode_time, 2) + " s"});
  table.add({"decoder", concat(fixed(parts.decode_time, 2), " s, ", clip.tokens, " tokens")});
  table.add({"most memory", byte_size(static_cast<double>(clip.peak_bytes))});
  return table.text();
}

std::string preparation_table(const BenchReport& report) {
  Table table({"preparation", "by", ">graphs", ">operations", ">into", ">time"});
  for (const PreparationSum& sum : report.preparations) {
    table.add({sum.part, sum.stage, std::to_string(sum.graphs), std::to_string(sum.before),
               std::to_string(sum.after), milliseconds(sum.seconds)});
  }
  return table.text();
}

}  // namespace

std::string bench_table(const BenchReport& report) {
  Table facts({"model", report.model});
  facts.add({"back end", concat(report.backend, ", ", report.threads,
                                report.threads == 1 ? " thread" : " threads")});
  if (!report.precision.empty()) facts.add({"precision", report.precision});
  facts.add({"load", fixed(report.load_time, 2) + " s"});
  Table table({"what", ">median", ">least", ">most", ">runs", "note"});
  add_row(table, "mel of a window", report.mel);
  add_row(table, "encoder", report.encoder, encoder_note(report));
  if (report.product) {
    const double speed = gigaflops(report.product_operations, report.product->median);
    add_row(table, "big product", *report.product, fixed(speed, 0) + " GFLOP/s");
  }
  if (report.cross) add_row(table, "cross keys and values", *report.cross);
  for (const auto& prefill : report.prefills) {
    add_row(table, concat("prefill, ", prefill.tokens, " tokens"), prefill.time);
  }
  add_steps(table, report);
  std::string text = concat(facts.text(), "\n", table.text());
  if (report.clip) text += concat("\n", clip_text(*report.clip));
  return text;
}

std::string profile_tables(const BenchReport& report) {
  std::string text = preparation_table(report);
  for (std::size_t i = 0; i < report.profile.size();) {
    const std::string stage = report.profile[i].stage;
    Table table({stage, "by", ">steps", ">time", ">share"});
    for (; i < report.profile.size() && report.profile[i].stage == stage; ++i) {
      const StepSum& sum = report.profile[i];
      table.add({sum.kind, sum.implementation, std::to_string(sum.count), milliseconds(sum.seconds),
                 fixed(kPercent * sum.share, 1) + " %"});
    }
    text += concat("\n", table.text());
  }
  return text;
}

}  // namespace sotto::cli
