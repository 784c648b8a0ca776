#include <nlohmann/json.hpp>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "run/deployment/deployment.h"
#include "run/verifier/folder.h"

namespace sotto {
namespace {

using Json = nlohmann::ordered_json;

Json token_json(const std::optional<TokenId>& token) { return token ? Json(*token) : Json(); }

Json clip_json(const DeployedClip& clip) {
  Json json{{"clip", clip.clip.name()},         {"audio_file", clip.clip.audio.string()},
            {"language", clip.device.language}, {"tokens_equal", !clip.parting.has_value()},
            {"times_equal", clip.times_match},  {"text_equal", clip.here.text == clip.device.text}};
  if (clip.parting) {
    json["parts_at"] = {{"token", clip.parting->at},
                        {"here", token_json(clip.parting->here)},
                        {"device", token_json(clip.parting->device)}};
  }
  json["device"] = {{"text", clip.device.text},
                    {"tokens", clip.device.tokens},
                    {"audio_seconds", clip.device.audio_seconds},
                    {"audio_time", clip.device.audio_time},
                    {"encode_time", clip.device.encode_time},
                    {"decode_time", clip.device.decode_time},
                    {"real_time_factor", clip.real_time_factor()}};
  json["here"] = {{"text", clip.here.text},
                  {"encode_time", clip.here_times.encode_time},
                  {"decode_time", clip.here_times.decode_time}};
  return json;
}

void write(const std::filesystem::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write_text(text);
  file.commit();
}

}  // namespace

std::string deploy_json(const DeployReport& report) {
  Json json{{"device", report.device},
            {"folder", report.folder},
            {"model", report.model},
            {"backend", report.backend},
            {"against", report.against},
            {"files", report.sent.files},
            {"bytes", report.sent.bytes},
            {"files_sent", report.sent.sent},
            {"bytes_sent", report.sent.bytes_sent},
            {"peak_kilobytes", report.peak_kilobytes ? Json(*report.peak_kilobytes) : Json()},
            {"passed", report.passed()}};
  json["clips"] = Json::array();
  for (const DeployedClip& clip : report.clips) json["clips"].push_back(clip_json(clip));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write_deployment(const DeployReport& report, const std::filesystem::path& folder) {
  make_folder(folder);
  for (const DeployedClip& clip : report.clips) {
    write(folder / (clip.clip.name() + ".json"), clip.result);
  }
  write(folder / "deploy.json", deploy_json(report));
}

}  // namespace sotto
