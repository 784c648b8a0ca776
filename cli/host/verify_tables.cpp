#include "host/verify_tables.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <span>
#include <vector>

#include "core/base/error.h"
#include "run/verifier/text_match.h"
#include "shown.h"
#include "table.h"

namespace sotto::cli {

namespace {

constexpr std::size_t kTokensPerLine = 14;
constexpr std::size_t kTokenWidth = 6;
constexpr const char* kDifferent = " ^^^^^";

std::string given_match(const ClipReport& clip) {
  if (!clip.given) return "";
  switch (compare_texts(clip.given->text, clip.artifacts.text)) {
    case TextMatch::equal:
      return "equal";
    case TextMatch::letters_equal:
      return "punctuation";
    case TextMatch::different:
      break;
  }
  return "different";
}

bool any_given(const VerifyReport& report) {
  return std::any_of(report.clips.begin(), report.clips.end(),
                     [](const ClipReport& clip) { return clip.given.has_value(); });
}

/// Why a text is not openai/whisper's, where only punctuation or case tells them apart.
std::string explanation(const VerifyReport& report, const ClipReport& clip) {
  if (!clip.given) return "";
  const TextMatch match = compare_texts(clip.given->text, clip.artifacts.text);
  if (match == TextMatch::equal) return "";
  std::string text = concat(shown_on_a_line(clip.clip.name()), ": openai/whisper wrote \"",
                            shown_on_a_line(clip.given->text), "\"");
  if (match == TextMatch::different) return text + ", other words.\n";
  text += ", the same words with other punctuation or case";
  if (clip.given->with_timestamps && report.decoding == DecodingLoop::plain) {
    text +=
        ": it was decoded with timestamps, which take the place of some punctuation, and the "
        "plain loop here goes without them (--decoding full has them)";
  }
  return text + ".\n";
}

std::string percent_change(double before, double after) {
  if (before <= 0) return "";
  const double change = (after - before) / before * 100;
  return concat(change >= 0 ? "+" : "", fixed(change, 0), " %");
}

std::vector<TokenId> text_tokens(const std::vector<TokenId>& tokens, TokenId end_of_text) {
  std::vector<TokenId> kept;
  std::copy_if(tokens.begin(), tokens.end(), std::back_inserter(kept),
               [end_of_text](TokenId token) { return token < end_of_text; });
  return kept;
}

std::string cell(const std::optional<TokenId>& token) {
  std::string text = token ? std::to_string(*token) : "-";
  text.insert(0, kTokenWidth - std::min(kTokenWidth, text.size()), ' ');
  return text;
}

/// Up to kTokensPerLine columns as two lines, and a third with marks where they differ.
std::string token_lines(std::span<const AlignedToken> columns, const std::string& upper,
                        const std::string& lower) {
  const std::size_t width = std::max(upper.size(), lower.size());
  std::string first = concat("  ", upper, std::string(width - upper.size(), ' '));
  std::string second = concat("  ", lower, std::string(width - lower.size(), ' '));
  std::string marks(2 + width, ' ');
  for (const AlignedToken& column : columns) {
    first += cell(column.baseline);
    second += cell(column.artifacts);
    marks += column.equal() ? std::string(kTokenWidth, ' ') : kDifferent;
  }
  marks.erase(marks.find_last_not_of(' ') + 1);
  return concat(first, "\n", second, "\n", marks, marks.empty() ? "" : "\n");
}

std::string aligned_tokens(const std::vector<AlignedToken>& columns, const std::string& upper,
                           const std::string& lower) {
  std::string text;
  for (std::size_t at = 0; at < columns.size(); at += kTokensPerLine) {
    const std::size_t count = std::min(kTokensPerLine, columns.size() - at);
    text += token_lines(std::span(columns).subspan(at, count), upper, lower);
  }
  return text;
}

std::string counted(std::size_t count, const std::string& what) {
  return concat(count, " ", what, count == 1 ? "" : "s");
}

std::string clip_tokens(const VerifyReport& report, const ClipReport& clip) {
  const auto columns = align(clip.baseline.tokens, clip.artifacts.tokens);
  const auto differing = static_cast<std::size_t>(std::count_if(
      columns.begin(), columns.end(), [](const AlignedToken& column) { return !column.equal(); }));
  std::string text = shown_on_a_line(clip.clip.name()) + ": " + counted(columns.size(), "token") +
                     ", " + (differing == 0 ? "all equal" : std::to_string(differing) + " differ") +
                     "\n";
  text += aligned_tokens(columns, "baseline", report.backend);
  if (!clip.given) return text;
  const bool plain = report.decoding == DecodingLoop::plain;
  const TokenId end = plain ? report.special.end_of_text : std::numeric_limits<TokenId>::max();
  const auto given = text_tokens(clip.given->tokens, end);
  const auto result = text_tokens(clip.artifacts.tokens, end);
  if (given == result) return text;
  return text + "  beside openai/whisper's" + (plain ? ", text tokens only" : "") + ":\n" +
         aligned_tokens(align(given, result), "openai", report.backend);
}

/// The back end, and whether what it computed on is none of the vendor's.
std::string title_of(const VerifyReport& report) {
  return concat(report.backend, report.device.is_simulated ? " (simulated)" : "");
}

}  // namespace

std::string accuracy_table(const VerifyReport& report) {
  std::vector<std::string> headers{"clip", "language", ">tokens", "baseline"};
  const bool given = any_given(report);
  if (given) headers.emplace_back("openai/whisper");
  headers.emplace_back("text");
  Table table(headers);
  std::string notes;
  for (const ClipReport& clip : report.clips) {
    const PlainTranscript& result = clip.artifacts;
    std::vector<std::string> row{
        clip.clip.name(), result.language + (result.language_detected ? " (heard)" : ""),
        std::to_string(result.tokens.size()), clip.tokens_match() ? "equal" : "DIFFERENT"};
    if (given) row.push_back(given_match(clip));
    row.push_back(result.text);
    table.add(std::move(row));
    notes += explanation(report, clip);
  }
  return "Accuracy: " + shown_on_a_line(report.model) + " on " + title_of(report) +
         " against the unsplit model, " +
         (report.decoding == DecodingLoop::full ? "Whisper's whole decoding"
                                                : "plain greedy loop") +
         "\n" + table.text() + notes;
}

std::string time_table(const VerifyReport& report) {
  Table table({"clip", ">length", ">baseline", ">encode", ">decode", ">" + report.backend,
               ">encode", ">decode", ">change"});
  double before = 0, after = 0, length = 0;
  for (const ClipReport& clip : report.clips) {
    const PlainTranscript &a = clip.baseline, &b = clip.artifacts;
    table.add({clip.clip.name(), fixed(b.audio_seconds, 1), fixed(a.total_time(), 2),
               fixed(a.encode_time, 2), fixed(a.decode_time, 2), fixed(b.total_time(), 2),
               fixed(b.encode_time, 2), fixed(b.decode_time, 2),
               percent_change(a.total_time(), b.total_time())});
    length += b.audio_seconds;
    before += a.total_time();
    after += b.total_time();
  }
  if (report.clips.size() > 1) {
    table.add({"all", fixed(length, 1), fixed(before, 2), "", "", fixed(after, 2), "", "",
               percent_change(before, after)});
  }
  return concat("Time in seconds, the model loaded and warmed up (baseline: unsplit, on cpu",
                report.device.is_simulated ? "; no device's: the NPU is simulated" : "", ")\n") +
         table.text() + "Loading: baseline " + fixed(report.baseline_load_time, 2) + ", " +
         report.backend + " " + fixed(report.artifacts_load_time, 2) + "\n";
}

std::string numbers_table(const VerifyReport& report) {
  Table table(
      {"clip", ">mel", ">encoder output", ">of largest", ">logits", ">of largest", ">steps"});
  for (const ClipReport& clip : report.clips) {
    table.add({clip.clip.name(), scientific(clip.mel.largest),
               clip.encoder_output ? scientific(clip.encoder_output->largest) : "-",
               clip.encoder_output ? scientific(clip.encoder_output->relative()) : "-",
               scientific(clip.logits.largest), scientific(clip.logits.relative()),
               std::to_string(clip.logit_steps)});
  }
  return "Numbers: largest difference, and that as a part of the largest value\n" + table.text();
}

std::string side_by_side_table(const std::vector<VerifyReport>& reports) {
  std::vector<std::string> headers{"clip", ">length", ">baseline"};
  for (const VerifyReport& report : reports) {
    headers.push_back(title_of(report) + (report.with_kv ? " (kv)" : ""));
    headers.insert(headers.end(), {">seconds", ">logits"});
  }
  Table table(headers);
  for (std::size_t i = 0; i < reports.front().clips.size(); ++i) {
    const ClipReport& first = reports.front().clips[i];
    std::vector<std::string> row{first.clip.name(), fixed(first.artifacts.audio_seconds, 1),
                                 fixed(first.baseline.total_time(), 2)};
    for (const VerifyReport& report : reports) {
      const ClipReport& clip = report.clips.at(i);
      row.emplace_back(clip.tokens_match() ? "equal" : "DIFFERENT");
      row.push_back(fixed(clip.artifacts.total_time(), 2));
      row.push_back(scientific(clip.logits.relative()));
    }
    table.add(std::move(row));
  }
  return "Side by side: tokens, seconds, and the logits' largest difference as a part of the "
         "largest\n" +
         table.text();
}

std::string layers_table(const VerifyReport& report) {
  std::string text;
  for (const ClipReport& clip : report.clips) {
    for (const LayerNumbers& graph : clip.layers) {
      Table table({"layer", ">largest difference", ">of largest"});
      for (const auto& [layer, difference] : graph.layers) {
        table.add({layer, scientific(difference.largest), scientific(difference.relative())});
      }
      const LayerDifference* growth = graph.first_growth();
      text +=
          concat("Layers of the ", graph.graph, ", ", shown_on_a_line(clip.clip.name()), "\n",
                 table.text(),
                 growth == nullptr ? std::string("No layer stands out")
                                   : concat("It grows first in ", shown_on_a_line(growth->layer)),
                 "\n\n");
    }
  }
  return text;
}

std::string token_tables(const VerifyReport& report) {
  std::string text = "Tokens side by side\n";
  for (const ClipReport& clip : report.clips) text += clip_tokens(report, clip);
  return text;
}

/// Of a path, a closing slash aside: "base" of …/base/.
std::string last_name(const std::filesystem::path& path) {
  const std::filesystem::path name = path.filename();
  return (name.empty() ? path.parent_path().filename() : name).string();
}

std::string verdict(const VerifyReport& report) {
  const auto differing = std::count_if(report.clips.begin(), report.clips.end(),
                                       [](const ClipReport& clip) { return !clip.tokens_match(); });
  const std::string clips = counted(report.clips.size(), "clip");
  const std::string source =
      report.baseline_from_bundle
          ? "the unsplit model from the bundle's own weights (no "
            "--checkpoint was given)"
          : "the unsplit model of " + shown_on_a_line(last_name(report.baseline_source));
  if (differing == 0) return "Verified: " + clips + ", every token equal to " + source + ".\n";
  return concat("FAILED: ", differing, " of ", report.clips.size(),
                " clips gave other tokens than ", source, ".\n");
}

}  // namespace sotto::cli
