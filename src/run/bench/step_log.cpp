#include "run/bench/step_log.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

namespace sotto {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kNanosecond = 1e-9;
constexpr double kMicrosecondOfNanoseconds = 1e-3;

double seconds_of(const StepEvent& event) {
  return static_cast<double>(event.end_ns - event.begin_ns) * kNanosecond;
}

/// Slices of one thread: those that lie in others are shown below them.
Json slice(const std::string& name, const std::string& category, std::int64_t begin,
           std::int64_t end) {
  return {{"name", name},
          {"cat", category},
          {"ph", "X"},
          {"ts", static_cast<double>(begin) * kMicrosecondOfNanoseconds},
          {"dur", static_cast<double>(end - begin) * kMicrosecondOfNanoseconds},
          {"pid", 1},
          {"tid", 1}};
}

}  // namespace

void StepLog::on_step(const StepRun& step) {
  events_.push_back({stage_, std::string(step.part), std::string(step.name), std::string(step.kind),
                     std::string(step.implementation), step.begin_ns, step.end_ns});
}

void StepLog::on_preparation(const PreparationRun& run) {
  auto sum = std::find_if(preparations_.begin(), preparations_.end(), [&](const auto& known) {
    return known.part == run.part && known.stage == run.stage;
  });
  if (sum == preparations_.end()) {
    preparations_.push_back(
        {std::string(run.part), std::string(run.stage), 0, run.before, run.after, 0});
    sum = std::prev(preparations_.end());
  }
  ++sum->graphs;
  sum->seconds += run.seconds;
}

void StepLog::begin(const std::string& stage) {
  stage_ = stage;
  is_watching_ = true;
}

std::vector<StepSum> summed(const std::vector<StepEvent>& events) {
  std::vector<StepSum> sums;
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> places;
  std::map<std::string, double> stage_seconds;
  std::map<std::string, std::size_t> stage_order;
  for (const StepEvent& event : events) {
    stage_order.emplace(event.stage, stage_order.size());
    const auto [place, is_new] =
        places.try_emplace({event.stage, event.kind, event.implementation}, sums.size());
    if (is_new) sums.push_back({event.stage, event.kind, event.implementation});
    StepSum& sum = sums[place->second];
    ++sum.count;
    sum.seconds += seconds_of(event);
    stage_seconds[event.stage] += seconds_of(event);
  }
  for (StepSum& sum : sums) {
    const double whole = stage_seconds[sum.stage];
    sum.share = whole > 0 ? sum.seconds / whole : 0;
  }
  std::stable_sort(sums.begin(), sums.end(), [&](const StepSum& a, const StepSum& b) {
    return std::pair(stage_order[a.stage], -a.seconds) <
           std::pair(stage_order[b.stage], -b.seconds);
  });
  return sums;
}

std::string chrome_trace(const std::vector<StepEvent>& events) {
  Json list = Json::array();
  const std::int64_t start = events.empty() ? 0 : events.front().begin_ns;
  for (std::size_t first = 0; first < events.size();) {
    std::size_t end = first;
    while (end < events.size() && events[end].stage == events[first].stage) ++end;
    list.push_back(slice(events[first].stage, "stage", events[first].begin_ns - start,
                         events[end - 1].end_ns - start));
    for (; first < end; ++first) {
      const StepEvent& event = events[first];
      Json json = slice(event.name, event.kind, event.begin_ns - start, event.end_ns - start);
      json["args"] = {{"part", event.part}, {"implementation", event.implementation}};
      list.push_back(std::move(json));
    }
  }
  const Json trace = {{"displayTimeUnit", "ms"}, {"traceEvents", std::move(list)}};
  return trace.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sotto
