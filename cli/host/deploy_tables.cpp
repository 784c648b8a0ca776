#include "host/deploy_tables.h"

#include <algorithm>

#include "core/base/error.h"
#include "shown.h"
#include "table.h"

namespace sotto::cli {
namespace {

std::string token_text(const std::optional<TokenId>& token) {
  return token ? concat("token ", *token) : "the end";
}

std::string tokens_cell(const DeployedClip& clip) {
  return clip.parting ? concat("PART at ", clip.parting->at) : "equal";
}

std::string parting_line(const DeployReport& report, const DeployedClip& clip) {
  return concat(shown_on_a_line(clip.clip.name()), ": after ", clip.parting->at,
                " equal tokens the device has ", token_text(clip.parting->device), " where ",
                report.against, " here has ", token_text(clip.parting->here), ", and writes \"",
                shown_on_a_line(clip.here.text), "\".\n");
}

}  // namespace

std::string deploy_table(const DeployReport& report) {
  Table table({"clip", "language", ">length", ">encode", ">decode", ">of real time", "tokens",
               "times", "text"});
  for (const DeployedClip& clip : report.clips) {
    const DeviceTranscript& device = clip.device;
    table.add({clip.clip.name(), device.language, fixed(device.audio_seconds, 1),
               fixed(device.encode_time, 2), fixed(device.decode_time, 2),
               fixed(clip.real_time_factor(), 2), tokens_cell(clip),
               clip.times_match ? "equal" : "differ", device.text});
  }
  return concat(shown_on_a_line(report.model), " on ", shown_on_a_line(report.device), ", ",
                report.backend, ", beside ", report.against,
                " here; times in seconds, the device's\n", table.text());
}

std::string deploy_summary(const DeployReport& report) {
  constexpr double kKilobyte = 1024;
  std::string text;
  for (const DeployedClip& clip : report.clips) {
    if (clip.parting) text += parting_line(report, clip);
  }
  text += concat("Sent ", report.sent.sent, " of ", report.sent.files, " files (",
                 byte_size(static_cast<double>(report.sent.bytes_sent)), " of ",
                 byte_size(static_cast<double>(report.sent.bytes)), ") to ",
                 shown_on_a_line(report.folder),
                 report.sent.sent < report.sent.files ? ", the others were there.\n" : ".\n");
  if (report.peak_kilobytes) {
    text += concat("Its program held ",
                   byte_size(static_cast<double>(*report.peak_kilobytes) * kKilobyte),
                   " at most, mapped files included.\n");
  }
  if (report.clips.empty()) return text;
  const auto parted =
      std::count_if(report.clips.begin(), report.clips.end(),
                    [](const DeployedClip& clip) { return clip.parting.has_value(); });
  const char* clips = report.clips.size() == 1 ? " clip" : " clips";
  if (parted == 0) {
    return concat(text, "Verified: ", report.clips.size(), clips, ", every token equal to ",
                  report.against, " here.\n");
  }
  return concat(text, "FAILED: ", parted, " of ", report.clips.size(), clips,
                " gave other tokens than ", report.against, " here.\n");
}

}  // namespace sotto::cli
