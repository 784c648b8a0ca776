#include <nlohmann/json.hpp>

#include "run/bench/bench.h"

namespace sotto {
namespace {

using Json = nlohmann::ordered_json;

Json spread_object(const Spread& spread) {
  return {{"median", spread.median},
          {"least", spread.least},
          {"most", spread.most},
          {"runs", spread.count}};
}

const char* name_of(DecoderKind kind) {
  switch (kind) {
    case DecoderKind::stateful:
      return "stateful";
    case DecoderKind::kv:
      return "kv";
    default:
      return "full";
  }
}

Json encoder_object(const BenchReport& report) {
  Json json = spread_object(report.encoder);
  if (report.encoder_operations == 0) return json;
  const double speed = gigaflops(report.encoder_operations, report.encoder.median);
  json["operations"] = report.encoder_operations;
  json["gigaflops"] = speed;
  if (!report.product) return json;
  const double product = gigaflops(report.product_operations, report.product->median);
  json["share_of_product"] = speed / product;
  return json;
}

Json product_object(const BenchReport& report) {
  if (!report.product) return nullptr;
  Json json = spread_object(*report.product);
  json["operations"] = report.product_operations;
  json["gigaflops"] = gigaflops(report.product_operations, report.product->median);
  return json;
}

Json plain_read_object(const BenchReport& report) {
  if (!report.plain_read) return nullptr;
  constexpr double kGiga = 1e9;
  const double seconds = report.plain_read->median;
  Json json = spread_object(*report.plain_read);
  json["bytes"] = report.step_bytes;
  json["gigabytes_per_second"] =
      seconds > 0 ? static_cast<double>(report.step_bytes) / seconds / kGiga : 0;
  return json;
}

Json prefill_list(const BenchReport& report) {
  Json list = Json::array();
  for (const auto& prefill : report.prefills) {
    Json json = {{"tokens", prefill.tokens}};
    json.update(spread_object(prefill.time));
    list.push_back(std::move(json));
  }
  return list;
}

Json step_list(const BenchReport& report) {
  Json list = Json::array();
  for (const auto& step : report.steps) {
    Json json = {
        {"rows", step.kind.rows}, {"windows", step.kind.windows}, {"position", report.position}};
    json.update(spread_object(step.time));
    json["over_one_row"] = step.time.median / report.steps.front().time.median;
    if (const auto ratio = over_plain_read(report, step)) {
      json["bytes"] = step.bytes;
      json["over_plain_read"] = *ratio;
    }
    list.push_back(std::move(json));
  }
  return list;
}

Json clip_object(const BenchReport& report) {
  if (!report.clip) return nullptr;
  const BenchReport::Clip& clip = *report.clip;
  Json json = {{"audio", clip.audio.string()}, {"seconds", clip.times.audio_seconds}};
  json["time"] = spread_object(clip.time);
  json["real_time_factor"] = clip.time.median / clip.times.audio_seconds;
  json["reading"] = clip.times.audio_time;
  json["encoding"] = clip.times.encode_time;
  json["decoding"] = clip.times.decode_time;
  json["tokens"] = clip.tokens;
  json["peak_bytes"] = clip.peak_bytes;
  return json;
}

Json profile_list(const BenchReport& report) {
  Json list = Json::array();
  for (const StepSum& sum : report.profile) {
    list.push_back({{"stage", sum.stage},
                    {"kind", sum.kind},
                    {"implementation", sum.implementation},
                    {"steps", sum.count},
                    {"seconds", sum.seconds},
                    {"share", sum.share}});
  }
  return list;
}

Json preparation_list(const BenchReport& report) {
  Json list = Json::array();
  for (const PreparationSum& sum : report.preparations) {
    list.push_back({{"part", sum.part},
                    {"stage", sum.stage},
                    {"graphs", sum.graphs},
                    {"before", sum.before},
                    {"after", sum.after},
                    {"seconds", sum.seconds}});
  }
  return list;
}

}  // namespace

std::string bench_json(const BenchReport& report) {
  Json json = {{"model", report.model},
               {"path", report.path.string()},
               {"backend", report.backend},
               {"decoder", name_of(report.decoder)},
               {"threads", report.threads},
               {"precision", report.precision},
               {"load", report.load_time},
               {"mel", spread_object(report.mel)},
               {"encoder", encoder_object(report)},
               {"product", product_object(report)},
               {"cross", report.cross ? spread_object(*report.cross) : Json()},
               {"prefill", prefill_list(report)},
               {"step", step_list(report)},
               {"plain_read", plain_read_object(report)},
               {"clip", clip_object(report)}};
  if (!report.profile.empty()) {
    json["profile"] = profile_list(report);
    json["preparation"] = preparation_list(report);
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sotto
