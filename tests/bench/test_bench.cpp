#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>

#include "core/bundle/vocabulary_file.h"
#include "run/backends/cpu/kernels/kernels.h"
#include "run/bench/bench.h"
#include "run/engine/checkpoint/load_model.h"
#include "support/expect_error.h"

namespace sotto::test {
namespace {

using nlohmann::json;

constexpr const char* kModel = "assets/demo/demo.pt";

class Benches : public testing::Test {
 protected:
  void SetUp() override {
    try {
      static_cast<void>(vocabulary_path(51865));
    } catch (const Error& absent) {
      GTEST_SKIP() << absent.what();
    }
  }

  /// Each figure is measured as often as it has to be, and no more.
  static BenchReport measured(BenchOptions options, ModelOptions how) {
    options.seconds = 0;
    options.backend_options.threads = how.backend_options.threads = 2;
    how.backend_options.observer = options.log;
    Model model = load_model(kModel, how);
    return bench(model, options);
  }
};

/// One report with everything in it serves most tests.
class WholeReport : public Benches {
 protected:
  void SetUp() override {
    Benches::SetUp();
    if (IsSkipped() || log_) return;
    log_ = std::make_shared<StepLog>();
    BenchOptions options;
    options.audio = "assets/demo/clips/demo_en.wav";
    options.log = log_;
    report_ = measured(options, {});
  }
  static void TearDownTestSuite() { log_.reset(); }

  static std::shared_ptr<StepLog> log_;
  static BenchReport report_;
};

std::shared_ptr<StepLog> WholeReport::log_;
BenchReport WholeReport::report_;

void expect_measured(const Spread& spread) {
  EXPECT_GT(spread.least, 0);
  EXPECT_LE(spread.least, spread.median);
  EXPECT_LE(spread.median, spread.most);
  EXPECT_GE(spread.count, 5U);
}

TEST_F(WholeReport, MeasuresEveryPart) {
  EXPECT_EQ(report_.backend, "cpu");
  EXPECT_EQ(report_.threads, 2);
  EXPECT_EQ(report_.decoder, DecoderKind::stateful);
  EXPECT_GT(report_.load_time, 0);
  for (const Spread& spread : {report_.mel, report_.encoder}) expect_measured(spread);
  ASSERT_TRUE(report_.product && report_.cross && report_.plain_read && report_.clip);
  for (const auto& spread : {report_.product, report_.cross, report_.plain_read}) {
    expect_measured(*spread);
  }
  ASSERT_EQ(report_.prefills.size(), 2U);
  EXPECT_EQ(report_.prefills[0].tokens, 4);
  EXPECT_EQ(report_.prefills[1].tokens, 64);
  ASSERT_EQ(report_.steps.size(), 4U);
  for (const auto& prefill : report_.prefills) expect_measured(prefill.time);
  for (const auto& step : report_.steps) expect_measured(step.time);
  EXPECT_EQ(name_of(report_.steps[1].kind), "step, 5 rows");
  EXPECT_EQ(name_of(report_.steps[3].kind), "step, 8 windows");
  EXPECT_EQ(report_.position, 100);
}

/// By the model's dims: width 128, 3 layers, 1500 places of audio, 51865 words. Its weights are
/// halves in the checkpoint, and stay so where the processor reads them.
TEST_F(WholeReport, CountsWhatAStepReads) {
  constexpr std::int64_t kWidth = 128, kLayers = 3, kFloat = 4;
  constexpr std::int64_t kMatrices = kLayers * (6 + 8) * kWidth * kWidth + 51865 * kWidth;
  constexpr std::int64_t kCaches = kLayers * 2 * (1500 + 100) * kWidth;
  const bool reads_halves = cpu::best_kernels({}).row_product_f16 != nullptr;
  const std::int64_t least = (reads_halves ? kFloat / 2 : kFloat) * kMatrices + kFloat * kCaches;
  EXPECT_GT(report_.step_bytes, least);
  EXPECT_LT(report_.step_bytes, least + least / 50);  // biases and norms
  // Of one window, and of eight, whose places are kept by 64.
  constexpr std::int64_t kWindow = kLayers * 2 * (1536 + 100) * kWidth;
  EXPECT_EQ(report_.steps[2].bytes, report_.step_bytes);
  EXPECT_EQ(report_.steps[3].bytes, report_.step_bytes + 7 * kFloat * kWindow);
}

/// 4 layers of width 128 over 1500 places, and two convolutions.
TEST_F(WholeReport, CountsTheEncodersOperations) {
  constexpr std::int64_t kWidth = 128, kPlaces = 1500;
  constexpr std::int64_t kLayer = kPlaces * 12 * kWidth * kWidth + 2 * kPlaces * kPlaces * kWidth;
  constexpr std::int64_t kStem = 3000 * kWidth * 80 * 3 + kPlaces * kWidth * kWidth * 3;
  EXPECT_EQ(report_.encoder_operations, 2 * (4 * kLayer + kStem));
  EXPECT_EQ(gigaflops(3'000'000'000, 2), 1.5);
}

TEST_F(Benches, MeasureTheFullDecoderToo) {
  ModelOptions how;
  how.decoder = DecoderKind::full;
  const BenchReport report = measured({}, how);
  EXPECT_EQ(report.decoder, DecoderKind::full);
  EXPECT_FALSE(report.cross);
  EXPECT_FALSE(report.plain_read);
  EXPECT_EQ(report.steps.size(), 3U);  // of one window
  const json written = json::parse(bench_json(report));
  EXPECT_TRUE(written.at("cross").is_null());
  EXPECT_TRUE(written.at("plain_read").is_null());
  EXPECT_TRUE(written.at("clip").is_null());
  EXPECT_FALSE(written.at("step")[0].contains("over_plain_read"));
}

TEST_F(WholeReport, IsWholeAsJson) {
  const json written = json::parse(bench_json(report_));
  EXPECT_EQ(written.at("backend"), "cpu");
  EXPECT_EQ(written.at("decoder"), "stateful");
  for (const char* part : {"mel", "encoder", "product", "cross", "plain_read"}) {
    for (const char* field : {"median", "least", "most", "runs"}) {
      EXPECT_GT(written.at(part).at(field).get<double>(), 0) << part << " " << field;
    }
  }
  const double encoder = written.at("encoder").at("gigaflops").get<double>();
  const double product = written.at("product").at("gigaflops").get<double>();
  EXPECT_DOUBLE_EQ(written.at("encoder").at("share_of_product").get<double>(), encoder / product);
  EXPECT_EQ(written.at("plain_read").at("bytes"), report_.step_bytes);
  EXPECT_EQ(written.at("prefill")[1].at("tokens"), 64);
  EXPECT_EQ(written.at("step")[2].at("rows"), 8);
  EXPECT_EQ(written.at("step")[0].at("over_one_row"), 1.0);
  EXPECT_EQ(written.at("step")[2].at("windows"), 1);
  const json& windows = written.at("step")[3];
  EXPECT_EQ(windows.at("rows"), 8);
  EXPECT_EQ(windows.at("windows"), 8);
  EXPECT_EQ(windows.at("bytes"), report_.steps[3].bytes);
  EXPECT_DOUBLE_EQ(
      windows.at("over_plain_read").get<double>(),
      windows.at("median").get<double>() / written.at("plain_read").at("median").get<double>() *
          written.at("plain_read").at("bytes").get<double>() / windows.at("bytes").get<double>());
  const json& clip = written.at("clip");
  EXPECT_NEAR(clip.at("seconds").get<double>(), report_.clip->times.audio_seconds, 1e-9);
  EXPECT_GT(clip.at("real_time_factor").get<double>(), 0);
  EXPECT_GT(clip.at("tokens").get<int>(), 0);
  EXPECT_GT(clip.at("peak_bytes").get<std::int64_t>(), 1 << 20);
  EXPECT_EQ(written.at("profile").size(), report_.profile.size());
  EXPECT_EQ(written.at("preparation").size(), report_.preparations.size());
  EXPECT_EQ(written.at("preparation")[0].at("stage"), "fuse_attention");
}

/// Every step once, in its order, one after the other.
TEST_F(WholeReport, LooksAtTheSteps) {
  std::set<std::string> stages;
  std::set<std::string> kinds;
  std::int64_t last = 0;
  for (const StepEvent& event : log_->events()) {
    EXPECT_LE(event.begin_ns, event.end_ns);
    EXPECT_GE(event.begin_ns, last);
    last = event.end_ns;
    stages.insert(event.stage);
    kinds.insert(event.kind);
    EXPECT_FALSE(event.part.empty());
    EXPECT_FALSE(event.name.empty());
    EXPECT_FALSE(event.implementation.empty());
  }
  EXPECT_THAT(stages, testing::ElementsAre("cross keys and values", "encoder", "prefill, 4 tokens",
                                           "prefill, 64 tokens", "step, 1 row", "step, 5 rows",
                                           "step, 8 rows", "step, 8 windows"));
  EXPECT_THAT(kinds, testing::IsSupersetOf({"attention", "layer_norm", "product", "row_product"}));
  double shares = 0;
  for (const StepSum& sum : report_.profile) shares += sum.share;
  EXPECT_NEAR(shares, static_cast<double>(stages.size()), 1e-9);
}

/// Each part's graphs go through the same stages, one after the other; the encoder's once.
TEST_F(WholeReport, LooksAtThePreparation) {
  const auto& sums = report_.preparations;
  const std::vector<std::string> stages{"fuse_attention", "fuse_linear", "fuse_convolution",
                                        "prepare"};
  ASSERT_EQ(sums.size() % stages.size(), 0U);
  double seconds = 0;
  std::set<std::string> parts;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    EXPECT_EQ(sums[i].stage, stages[i % stages.size()]);
    EXPECT_GT(sums[i].after, 0U);
    if (sums[i].stage == "prepare") continue;
    EXPECT_LE(sums[i].after, sums[i].before);
    EXPECT_EQ(sums[i].after, sums[i + 1].before);
  }
  for (const PreparationSum& sum : sums) {
    parts.insert(sum.part);
    EXPECT_EQ(sum.graphs == 1, sum.part == "encoder" || sum.part == "decoder's cross projection");
    seconds += sum.seconds;
  }
  EXPECT_THAT(parts, testing::ElementsAre("decoder's cross projection", "decoder's head",
                                          "decoder's layers", "encoder"));
  EXPECT_GT(seconds, 0);
}

/// The steps of a stage take about as long as the stage does.
TEST_F(WholeReport, LeavesLittleOfARunUnexplained) {
  double encoder = 0;
  for (const StepSum& sum : report_.profile) encoder += sum.stage == "encoder" ? sum.seconds : 0;
  EXPECT_GT(encoder, report_.encoder.least / 2);
}

TEST_F(Benches, SayWhereNobodyTellsOfSteps) {
  BenchOptions options;
  options.seconds = 0;
  options.log = std::make_shared<StepLog>();
  Model model = load_model(kModel, {});  // with a back end that knows of no log
  expect_error(ErrorKind::unavailable, "profile: the cpu back end",
               [&] { static_cast<void>(bench(model, options)); });
}

TEST_F(Benches, RefuseARecordingThatIsNone) {
  BenchOptions options;
  options.audio = "assets/demo/README.md";
  expect_error(ErrorKind::format, "assets/demo/README.md",
               [&] { static_cast<void>(measured(options, {})); });
}

}  // namespace
}  // namespace sotto::test
