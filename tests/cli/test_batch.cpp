#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "batch.h"
#include "core/base/error.h"
#include "job_records.h"
#include "support/files.h"
#include "support/temp_folder.h"
#include "transcribe_arguments.h"

namespace sotto::cli {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<OutputFormat> kAll{kAllFormats.begin(), kAllFormats.end()};

/// Recordings that say their own contents, without any model.
class BatchTest : public testing::Test {
 protected:
  void add_recording(const std::string& name, const std::string& content) {
    test::write_file(folder_ / (name + ".wav"), content);
    batch_.inputs.push_back({folder_ / (name + ".wav"), name});
  }

  void SetUp() override {
    batch_.folder = folder_ / "out";
    batch_.formats = kAll;
    batch_.job = {{"model", ""}};
    batch_.resume = true;
  }

  /// What the recording says, and the job's model behind it.
  [[nodiscard]] Transcript heard(const Input& input) const {
    if (!fs::exists(input.path)) fail(ErrorKind::not_found, input.path.string(), ": not there");
    Transcript transcript;
    transcript.text = test::read_file(input.path) + batch_.job["model"].get<std::string>();
    transcript.segments.emplace_back().text = transcript.text;
    transcript.language = "en";
    return transcript;
  }

  BatchCount run() {
    transcribed_.clear();
    BatchSteps steps;
    steps.transcribe = [this](const BatchTask& task) {
      transcribed_.push_back(task.input.name);
      return WrittenDown{heard(task.input)};
    };
    steps.on_written = [this](const Input&, const WrittenDown&) { return is_told_; };
    steps.on_failure = [this](const std::string& sentence) { failures_.push_back(sentence); };
    return run_batch(batch_, steps);
  }

  [[nodiscard]] std::string output(const std::string& name) const {
    return test::read_file(batch_.folder / name);
  }

  test::TempFolder folder_;
  Batch batch_;
  std::vector<std::string> transcribed_;
  std::vector<std::string> failures_;
  bool is_told_ = true;
};

TEST_F(BatchTest, WritesEveryFormatOfEveryRecording) {
  add_recording("a", "one");
  add_recording("b", "two");
  const BatchCount count = run();
  EXPECT_EQ(count.written, 2U);
  EXPECT_EQ(test::names_in(batch_.folder).size(), 11U);
  EXPECT_EQ(output("a.txt"), "one\n");
  EXPECT_EQ(output("b.tsv"), "start\tend\ttext\n0\t0\ttwo\n");
}

TEST_F(BatchTest, GoesOnWhenOneFails) {
  add_recording("a", "one");
  batch_.inputs.insert(batch_.inputs.begin(), {folder_ / "absent.wav", "absent"});
  const BatchCount count = run();
  EXPECT_EQ(count.failed, 1U);
  EXPECT_EQ(count.written, 1U);
  EXPECT_THAT(failures_, ElementsAre(HasSubstr("absent.wav")));
  EXPECT_EQ(output("a.txt"), "one\n");
}

TEST_F(BatchTest, KeepsNoRecordOfASingleRecordingUnlessItIsToBeResumed) {
  add_recording("a", "one");
  batch_.resume = false;
  run();
  EXPECT_EQ(test::names_in(batch_.folder).size(), 5U);
}

TEST_F(BatchTest, WritesNothingWithoutFormats) {
  add_recording("a", "one");
  batch_.formats.clear();
  EXPECT_EQ(run().written, 1U);
  EXPECT_FALSE(fs::exists(batch_.folder));
}

TEST_F(BatchTest, IsFinishedWhenEveryRecordingIs) {
  add_recording("a", "one");
  EXPECT_FALSE(is_finished(batch_));
  EXPECT_FALSE(fs::exists(batch_.folder));  // it was only looked at
  run();
  EXPECT_TRUE(is_finished(batch_));
  const Batch finished = batch_;
  batch_.job = {{"model", "another"}};
  EXPECT_FALSE(is_finished(batch_));
  batch_ = finished;
  batch_.resume = false;
  EXPECT_FALSE(is_finished(batch_));
  batch_ = finished;
  add_recording("b", "two");
  EXPECT_FALSE(is_finished(batch_));
  batch_ = finished;
  fs::remove(batch_.folder / "a.srt");
  EXPECT_FALSE(is_finished(batch_));
}

TEST_F(BatchTest, ResumesAfterWhatIsFinished) {
  add_recording("a", "one");
  run();
  add_recording("b", "two");
  const BatchCount count = run();
  EXPECT_EQ(count.finished_before, 1U);
  EXPECT_THAT(transcribed_, ElementsAre("b"));
  batch_.resume = false;
  run();
  EXPECT_THAT(transcribed_, ElementsAre("a", "b"));
}

TEST_F(BatchTest, DoesAgainWhatCouldNotBeTold) {
  add_recording("a", "one");
  is_told_ = false;
  EXPECT_EQ(run().written, 1U);
  EXPECT_EQ(output("a.txt"), "one\n");
  is_told_ = true;
  EXPECT_EQ(run().finished_before, 0U);
  EXPECT_EQ(run().finished_before, 1U);
}

TEST_F(BatchTest, DoesAgainWhatHasChanged) {
  add_recording("a", "one");
  run();
  batch_.job["model"] = "!";
  run();
  EXPECT_THAT(transcribed_, ElementsAre("a"));
  test::write_file(folder_ / "a.wav", "three");
  run();
  EXPECT_THAT(transcribed_, ElementsAre("a"));
  EXPECT_EQ(output("a.txt"), "three!\n");
  fs::last_write_time(folder_ / "a.wav", fs::file_time_type::clock::now() - std::chrono::hours(1));
  run();
  EXPECT_THAT(transcribed_, ElementsAre("a"));
  fs::remove(batch_.folder / "a.srt");
  run();
  EXPECT_THAT(transcribed_, ElementsAre("a"));
  run();
  EXPECT_THAT(transcribed_, IsEmpty());
}

TEST_F(BatchTest, KeepsWhatAUserCorrectedByHand) {
  add_recording("a", "one");
  run();
  test::write_file(batch_.folder / "a.txt", "One!\n");
  run();
  EXPECT_EQ(output("a.txt"), "One!\n");
}

TEST_F(BatchTest, RemembersFormatsThatWereWrittenOneByOne) {
  add_recording("a", "one");
  batch_.formats = {OutputFormat::txt};
  run();
  batch_.formats = {OutputFormat::json};
  run();
  EXPECT_THAT(transcribed_, ElementsAre("a"));
  for (const OutputFormat format : {OutputFormat::txt, OutputFormat::json}) {
    batch_.formats = {format};
    run();
    EXPECT_THAT(transcribed_, IsEmpty());
  }
}

TEST_F(BatchTest, TakesABrokenRecordForNone) {
  add_recording("a", "one");
  run();
  for (const char* text : {"", "{", "[]", "{\"version\": 1}", "{\"version\": \"x\", \"job\": 3}"}) {
    test::write_file(batch_.folder / ".sotto" / "a.json", text);
    run();
    EXPECT_THAT(transcribed_, ElementsAre("a")) << text;
  }
}

TEST_F(BatchTest, RefusesAFileInThePlaceOfTheFolder) {
  add_recording("a", "one");
  test::write_file(batch_.folder, "");
  EXPECT_THROW(run(), Error);
}

/// Several jobs, the later recordings faster than the first.
class Jobs : public BatchTest {
 protected:
  void SetUp() override {
    BatchTest::SetUp();
    for (int i = 0; i < kRecordings; ++i) add_recording(concat("r", i), concat("text ", i));
  }

  BatchCount run_jobs(std::size_t jobs) {
    seen_.clear();
    batch_.jobs = jobs;
    BatchSteps steps;
    steps.begin = [this](const Input& input) {
      seen_ += concat("<", input.name, ">");
      TranscribeObserver observer;
      observer.on_language = [this](const std::string& language) { seen_ += language; };
      observer.on_segments = [this](const std::vector<Segment>& segments) {
        seen_ += segments.front().text;
      };
      return observer;
    };
    steps.transcribe = [this](const BatchTask& task) {
      EXPECT_LT(task.worker, batch_.jobs);
      const int running = ++running_;
      for (int most = most_; running > most && !most_.compare_exchange_weak(most, running);) {
      }
      task.observer.on_language("de");
      const bool is_slow = task.input.name == "r0" || task.input.name == "r3";
      std::this_thread::sleep_for(std::chrono::milliseconds(is_slow ? 60 : 5));
      task.note("note");
      --running_;
      Transcript transcript = heard(task.input);
      task.observer.on_segments(transcript.segments);
      return WrittenDown{std::move(transcript)};
    };
    steps.on_note = [this](const std::string& sentence) { seen_ += sentence; };
    steps.on_written = [this](const Input& input, const WrittenDown& written) {
      seen_ += concat("{", input.name, " ", written.transcript.text, "}");
      return true;
    };
    steps.on_failure = [this](const std::string& sentence) {
      seen_ += concat("!", fs::path(sentence).filename().string());
    };
    steps.on_finished = [this](std::size_t finished) { seen_ += concat("[", finished, "]"); };
    return run_batch(batch_, steps);
  }

  static constexpr int kRecordings = 9;
  std::string seen_;
  std::atomic<int> running_ = 0, most_ = 0;
};

TEST_F(Jobs, LookAsOneDoes) {
  batch_.inputs.insert(batch_.inputs.begin() + 2, {folder_ / "absent.wav", "absent"});
  batch_.resume = false;
  EXPECT_EQ(run_jobs(1).written, 9U);
  EXPECT_EQ(most_, 1);
  const std::string expected = seen_;
  EXPECT_THAT(expected, testing::StartsWith("[0]<r0>denotetext 0{r0 text 0}[1]<r1>"));
  for (const std::size_t jobs : {2U, 3U, 16U}) {
    most_ = 0;
    const BatchCount count = run_jobs(jobs);
    EXPECT_EQ(count.written, 9U);
    EXPECT_EQ(count.failed, 1U);
    EXPECT_EQ(seen_, expected) << jobs;
    EXPECT_GT(most_, 1);
    EXPECT_LE(most_, static_cast<int>(jobs));
  }
}

TEST_F(Jobs, ResumeWhatIsLeft) {
  run_jobs(3);
  fs::remove(batch_.folder / "r4.txt");
  const BatchCount count = run_jobs(3);
  EXPECT_EQ(count.finished_before, 8U);
  EXPECT_EQ(count.written, 1U);
  EXPECT_EQ(output("r4.txt"), "text 4\n");
  EXPECT_TRUE(is_finished(batch_));
}

TEST_F(Jobs, EndWhereOneThrowsSomethingElse) {
  BatchSteps steps;
  batch_.jobs = 3;
  std::atomic<int> begun = 0;
  steps.transcribe = [&](const BatchTask& task) {
    ++begun;
    if (task.input.name == "r1") throw std::logic_error("the end");
    return WrittenDown{heard(task.input)};
  };
  steps.on_written = [](const Input&, const WrittenDown&) { return true; };
  steps.on_failure = [](const std::string&) {};
  EXPECT_THROW((void)run_batch(batch_, steps), std::logic_error);
  EXPECT_LE(begun, kRecordings);
}

/// Batches in processes of their own, which a test may kill. A process appends a line to the log
/// when it begins a recording.
class KilledBatch : public BatchTest {
 protected:
  static constexpr int kRecordings = 12;

  void SetUp() override {
    BatchTest::SetUp();
    for (int i = 0; i < kRecordings; ++i) {
      add_recording(concat("r", i), std::string(2000, static_cast<char>('a' + i)));
    }
  }

  /// The child does its batch and exits; 0 is success.
  ::pid_t start() {
    const ::pid_t child = ::fork();
    if (child == 0) ::_exit(run_in_child());
    return child;
  }

  int run_in_child() {
    BatchSteps steps;
    steps.transcribe = [this](const BatchTask& task) {
      std::ofstream(folder_ / "log", std::ios::app) << task.input.name + "\n";
      std::this_thread::sleep_for(std::chrono::microseconds(300));
      return WrittenDown{heard(task.input)};
    };
    steps.on_written = [this](const Input&, const WrittenDown&) { return is_told_; };
    steps.on_failure = [](const std::string&) {};
    return static_cast<int>(run_batch(batch_, steps).failed);
  }

  static int wait_for(::pid_t child) {
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return status;
  }

  [[nodiscard]] std::vector<std::string> log() const {
    std::vector<std::string> names;
    std::ifstream file(folder_ / "log");
    for (std::string name; std::getline(file, name);) names.push_back(name);
    return names;
  }

  /// How long a batch takes that nobody kills: what a slow machine, a slow disk or a sanitizer make
  /// of it.
  std::chrono::microseconds time_of_a_whole_batch() {
    const auto start_time = std::chrono::steady_clock::now();
    EXPECT_EQ(wait_for(start()), 0);
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                                 start_time);
  }

  /// What is on record of a job with that model is what it wrote.
  void expect_whole_outputs_of(const std::string& model) {
    const nlohmann::json current = std::exchange(batch_.job["model"], model);
    static_cast<void>(finished());
    batch_.job["model"] = current;
  }

  /// Those on record, each with its outputs checked.
  std::vector<std::string> finished() {
    if (!fs::exists(batch_.folder / ".sotto")) return {};
    const JobRecords records(batch_.folder, JobRecords::Make::never);
    std::vector<std::string> names;
    for (const Input& input : batch_.inputs) {
      if (records.finished(input.name, *job_of(input.path, batch_.job)) != kAll) continue;
      names.push_back(input.name);
      const Transcript expected = heard(input);
      for (const OutputFormat format : kAll) {
        EXPECT_EQ(test::read_file(output_path(batch_.folder, input.name, format)),
                  format_transcript(expected, format));
      }
    }
    return names;
  }
};

TEST_F(KilledBatch, LosesAtMostTheRecordingItWasAt) {
  std::mt19937 random(448);
  std::uniform_int_distribution<std::int64_t> microseconds(0, time_of_a_whole_batch().count());
  int kills = 0;
  for (int batch = 0; kills < 150; ++batch) {
    // The folder holds what the batch before wrote with another model.
    batch_.job["model"] = concat(batch);
    for (bool is_done = false; !is_done;) {
      const std::vector<std::string> before = finished();
      fs::remove(folder_ / "log");
      const ::pid_t child = start();
      std::this_thread::sleep_for(std::chrono::microseconds(microseconds(random)));
      ::kill(child, SIGKILL);
      const int status = wait_for(child);
      is_done = WIFEXITED(status);
      kills += WIFSIGNALED(status) ? 1 : 0;
      const std::vector<std::string> begun = log();
      for (const std::string& name : before) {
        EXPECT_THAT(begun, testing::Not(testing::Contains(name))) << "done twice";
      }
      const std::vector<std::string> after = finished();
      EXPECT_GE(after.size() + 1, before.size() + begun.size()) << "more than one was lost";
      if (batch > 0) expect_whole_outputs_of(concat(batch - 1));
    }
    EXPECT_EQ(finished().size(), batch_.inputs.size());
    // What killed processes left beside an output is gone with its next writing.
    EXPECT_EQ(test::names_in(batch_.folder).size(), 5U * kRecordings + 1);
  }
}

TEST_F(KilledBatch, SharesTheWorkWithOthersInTheSameFolder) {
  for (int round = 0; round < 10; ++round) {
    fs::remove_all(batch_.folder);
    fs::remove(folder_ / "log");
    std::vector<::pid_t> children(4);
    for (::pid_t& child : children) child = start();
    for (const ::pid_t child : children) EXPECT_EQ(wait_for(child), 0);
    EXPECT_EQ(finished().size(), batch_.inputs.size());
    std::map<std::string, int> times;
    for (const std::string& name : log()) ++times[name];
    for (const auto& [name, count] : times) EXPECT_EQ(count, 1) << name;
    EXPECT_EQ(test::names_in(batch_.folder).size(), 5U * kRecordings + 1);
  }
}

TEST_F(KilledBatch, NeverMixesTheOutputsOfOthersInTheSameFolder) {
  batch_.resume = false;
  std::vector<::pid_t> children;
  for (int i = 0; i < 4; ++i) {
    batch_.job["model"] = std::to_string(i);
    children.push_back(start());
  }
  for (const ::pid_t child : children) EXPECT_EQ(wait_for(child), 0);
  EXPECT_EQ(log().size(), 4U * kRecordings);
  std::size_t on_record = 0;
  for (int i = 0; i < 4; ++i) {
    batch_.job["model"] = std::to_string(i);
    on_record += finished().size();
  }
  EXPECT_EQ(on_record, batch_.inputs.size());
  EXPECT_EQ(test::names_in(batch_.folder).size(), 5U * kRecordings + 1);
}

}  // namespace
}  // namespace sotto::cli
