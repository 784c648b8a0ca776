#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "run/bench/step_log.h"

namespace sotto::test {
namespace {

using nlohmann::json;

/// Two stages, with times in nanoseconds.
std::vector<StepEvent> made_events() {
  StepLog log;
  log.begin("encoder");
  log.on_step({"encoder", "a", "linear", "panels", 1000, 4000});
  log.on_step({"encoder", "b", "attention", "rows", 4000, 14'000});
  log.on_step({"encoder", "c", "linear", "panels", 15'000, 19'000});
  log.end();
  log.begin("step, \"1\" row");
  log.on_step({"decoder", "d", "linear", "panels", 20'000, 22'500});
  log.end();
  return log.events();
}

TEST(StepLog, WatchesBetweenBeginAndEnd) {
  StepLog log;
  EXPECT_FALSE(log.is_watching());
  log.begin("encoder");
  EXPECT_TRUE(log.is_watching());
  log.end();
  EXPECT_FALSE(log.is_watching());
}

TEST(StepLog, AddsUpByStageKindAndImplementation) {
  const auto sums = summed(made_events());
  ASSERT_EQ(sums.size(), 3U);
  EXPECT_EQ(sums[0].kind, "attention");  // the longest of the first stage
  EXPECT_EQ(sums[0].count, 1U);
  EXPECT_DOUBLE_EQ(sums[0].seconds, 1e-5);
  EXPECT_DOUBLE_EQ(sums[0].share, 10.0 / 17);
  EXPECT_EQ(sums[1].kind, "linear");
  EXPECT_EQ(sums[1].count, 2U);
  EXPECT_DOUBLE_EQ(sums[1].seconds, 7e-6);
  EXPECT_EQ(sums[2].stage, "step, \"1\" row");
  EXPECT_DOUBLE_EQ(sums[2].share, 1);
  EXPECT_TRUE(summed({}).empty());
}

TEST(StepLog, AddsUpWhatEachLengthsPreparationTook) {
  StepLog log;
  log.on_preparation({"encoder", "fuse_linear", 30, 20, 0.25});
  log.on_preparation({"encoder", "prepare", 20, 22, 2});
  log.on_preparation({"encoder", "fuse_linear", 31, 21, 0.5});
  log.on_preparation({"decoder", "fuse_linear", 7, 7, 0.125});
  const auto& sums = log.preparations();
  ASSERT_EQ(sums.size(), 3U);
  EXPECT_EQ(sums[0].part, "encoder");
  EXPECT_EQ(sums[0].stage, "fuse_linear");
  EXPECT_EQ(sums[0].graphs, 2U);
  EXPECT_EQ(sums[0].before, 30U);
  EXPECT_EQ(sums[0].after, 20U);
  EXPECT_DOUBLE_EQ(sums[0].seconds, 0.75);
  EXPECT_EQ(sums[1].stage, "prepare");
  EXPECT_EQ(sums[2].part, "decoder");
  EXPECT_TRUE(log.events().empty());
}

/// A slice a stage that holds a slice a step, in the format of Chrome's tracing.
TEST(StepLog, IsATraceOfChromes) {
  const json trace = json::parse(chrome_trace(made_events()));
  const json& events = trace.at("traceEvents");
  ASSERT_EQ(events.size(), 6U);
  for (const json& event : events) {
    EXPECT_EQ(event.at("ph"), "X");
    EXPECT_EQ(event.at("pid"), 1);
    EXPECT_EQ(event.at("tid"), 1);
  }
  EXPECT_EQ(events[0].at("name"), "encoder");
  EXPECT_EQ(events[0].at("cat"), "stage");
  EXPECT_EQ(events[0].at("ts"), 0.0);
  EXPECT_EQ(events[0].at("dur"), 18.0);
  EXPECT_EQ(events[2].at("name"), "b");
  EXPECT_EQ(events[2].at("cat"), "attention");
  EXPECT_EQ(events[2].at("ts"), 3.0);
  EXPECT_EQ(events[2].at("dur"), 10.0);
  EXPECT_EQ(events[2].at("args").at("part"), "encoder");
  EXPECT_EQ(events[2].at("args").at("implementation"), "rows");
  EXPECT_EQ(events[4].at("name"), "step, \"1\" row");
  EXPECT_EQ(events[5].at("ts"), 19.0);
  EXPECT_TRUE(json::parse(chrome_trace({})).at("traceEvents").empty());
}

}  // namespace
}  // namespace sotto::test
