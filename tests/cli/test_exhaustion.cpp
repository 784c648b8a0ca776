#include <chrono>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "cli/small_model.h"
#include "cli/sotto_process.h"

#include "checkpoint/checkpoint_bytes.h"
#include "model/schema/weights.h"
#include "support/files.h"

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

#ifdef __SANITIZE_ADDRESS__
constexpr long kMostMegabytes = 800;  // the sanitizer's own bookkeeping included
#else
constexpr long kMostMegabytes = 200;
#endif

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

/// Small files that ask for a lot: they are refused in one sentence, in little memory and time, and
/// nothing is written.
class Exhaustion : public SmallModelTest {
 protected:
  void expect_cheap_refusal(const std::vector<std::string>& arguments, const std::string& why) {
    // What is written in spite of it stays below 50 MB.
    const ProgramRun run =
        RunningSotto(arguments, R"(ulimit -f 100000; exec "$@")").wait(std::chrono::seconds(60));
    EXPECT_EQ(run.exit_code, 1) << arguments.front() << ": " << run.output;
    EXPECT_TRUE(is_one_sentence(run.errors)) << arguments.front() << ": " << run.errors;
    EXPECT_THAT(run.errors, HasSubstr(why)) << arguments.front();
    EXPECT_LT(run.peak_megabytes, kMostMegabytes) << arguments.front();
    EXPECT_FALSE(fs::exists(folder_ / "out")) << arguments.front();
    EXPECT_FALSE(fs::exists(folder_ / "out.pt")) << arguments.front();
  }

  /// By everything that reads a checkpoint.
  void expect_refused_everywhere(const std::string& source, const std::string& why) {
    expect_cheap_refusal({"export", source, "-o", path("out")}, why);
    expect_cheap_refusal({"convert", source, path("out.pt")}, why);
    expect_cheap_refusal({"inspect", source}, why);
    expect_cheap_refusal({"transcribe", path("tone.wav"), "-m", source, "-f", "none"}, why);
  }

  void write_hugging_face(const std::string& config) {
    fs::create_directory(folder_ / "hf");
    write_file(folder_ / "hf/config.json", config);
    write_file(folder_ / "hf/model.safetensors",
               safetensors(hugging_face_tensors(sotto::test::small_model())));
  }

  void make_pipe(const std::string& name) const {
    ASSERT_EQ(::mkfifo(path(name).c_str(), 0600), 0);
  }
};

/// A checkpoint of these dims whose tensors all lie in one storage of so many elements.
TorchFile sharing(const WhisperDims& dims, std::int64_t elements) {
  const std::string key(1, '0');
  TorchFile file;
  for (const DimField& field : dim_fields()) {
    file.dims.emplace_back(field.name, dims.*field.member);
  }
  file.storages[key] = std::string(static_cast<std::size_t>(2 * elements), '\0');
  for (const WeightSpec& weight : weight_table(dims)) {
    TorchTensor tensor;
    tensor.name = weight.name;
    tensor.key = key;
    tensor.count = elements;
    tensor.shape = weight.shape;
    tensor.strides =
        elements == 1 ? Shape(weight.shape.size(), 0) : row_major_strides(weight.shape);
    file.tensors.push_back(tensor);
  }
  return file;
}

TEST_F(Exhaustion, ByTensorsOfOneElement) {
  const WhisperDims dims{80, 1500, 8192, 8, 2, 51865, 448, 8192, 8, 2};
  write_file(folder_ / "zero.pt", sharing(dims, 1).openai());
  ASSERT_LT(fs::file_size(folder_ / "zero.pt"), 30'000U);
  expect_refused_everywhere(path("zero.pt"), "to reach each element once, found a storage of 1");
}

TEST_F(Exhaustion, ByTensorsThatShareAStorage) {
  const WhisperDims dims{80, 448, 1024, 8, 32, 2000, 448, 1024, 8, 32};
  write_file(folder_ / "shared.pt", sharing(dims, 4 * 1024 * 1024).openai());
  expect_refused_everywhere(path("shared.pt"), "that share 8388608 bytes");
}

TEST_F(Exhaustion, ByVariablesThatShareAMatrix) {
  CTranslate2File file = ctranslate2_file(sotto::test::small_model());
  // As many names as the file has room for, each of them for the largest matrix.
  for (int layer = 1; layer < 40; ++layer) {
    for (const CTranslate2File::Variable& variable : file.variables) {
      const std::string first = "decoder/layer_0/";
      if (!variable.name.starts_with(first)) continue;
      file.aliases.emplace_back(
          "decoder/layer_" + std::to_string(layer) + "/" + variable.name.substr(first.size()),
          variable.name);
    }
  }
  fs::create_directory(folder_ / "ct2");
  write_file(folder_ / "ct2/model.bin", file.make());
  expect_refused_everywhere(path("ct2"), "expected tensors of their own");
}

TEST_F(Exhaustion, ByTheDimsOfABundleWithoutWeights) {
  ASSERT_EQ(run_sotto({"export", path("model.pt"), "-o", path("bundle"), "--format", "tflite",
                       "--name", "quick", "--quiet"})
                .exit_code,
            0);
  const fs::path manifest = folder_ / "bundle/sotto.json";
  const auto document = nlohmann::ordered_json::parse(read_file(manifest));
  const auto with = [&](const std::string& dim, std::int64_t value, const std::string& why) {
    auto changed = document;
    changed["dims"][dim] = value;
    if (dim == "n_audio_ctx") changed["frames"] = 2 * value;
    write_file(manifest, changed.dump());
    expect_cheap_refusal({"inspect", path("bundle")}, why);
    expect_cheap_refusal({"transcribe", path("tone.wav"), "-m", path("bundle"), "-f", "none"}, why);
  };
  with("n_text_ctx", 30'000, "expected n_text_ctx from 1 to 4096, found 30000");
  with("n_text_ctx", 2000, "expected position_embedding.npy to hold the 512000 bytes");
  with("n_audio_ctx", 1 << 20, "expected n_audio_ctx from 1 to 8192");
  with("n_vocab", 1'000'000, "expected token_embedding.npy to hold the 256000000 bytes");
  with("n_text_layer", 100'000, "expected n_text_layer from 1 to 256");
}

TEST_F(Exhaustion, ByBracketsInJson) {
  constexpr std::size_t kMany = 5'000'000;
  for (const std::string open : {"[", "{\"a\":"}) {
    write_hugging_face(repeated(open, kMany / open.size()));
    expect_refused_everywhere(path("hf"), "config.json: expected JSON nested at most 16 deep");
  }
  write_hugging_face("{\"a\":[" + repeated("{},", 2'000'000) + "{}]}");
  expect_refused_everywhere(path("hf"), "keys and values, found more");
  fs::create_directory(folder_ / "deep");
  write_file(folder_ / "deep/sotto.json", repeated("[", 500'000) + repeated("]", 500'000));
  expect_refused_everywhere(path("deep"), "expected a manifest in JSON nested at most 16 deep");
}

// 800 kB of brackets in it overflowed the stack. A record that cannot be read is none.
TEST_F(Exhaustion, ByBracketsInTheRecordOfAJob) {
  const std::vector<std::string> job{"transcribe", path("tone.wav"),
                                     "-m",         path("model.pt"),
                                     "-o",         folder_.path().string(),
                                     "-f",         "txt",
                                     "--resume",   "--quiet"};
  ASSERT_EQ(run_sotto(job).exit_code, 0);
  const fs::path record = folder_ / ".sotto/tone.json";
  ASSERT_TRUE(fs::exists(record));
  const std::string good = read_file(record);
  write_file(record, R"({"version": 1, "job": )" + repeated("[", 400'000) + repeated("]", 400'000) +
                         R"(, "formats": ["txt"]})");
  const ProgramRun run = run_sotto(job, std::chrono::seconds(60));
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_EQ(read_file(record), good);
}

TEST_F(Exhaustion, ByTheRateOfARecording) {
  const std::string fast = wav_bytes(sine(440, 9000, 16000, 8000), 120'000'007, 1);
  write_file(folder_ / "fast.wav", fast);
  const ProgramRun run =
      run_sotto({"transcribe", path("fast.wav"), "-m", path("model.pt"), "-f", "none"},
                std::chrono::seconds(60));
  EXPECT_EQ(run.exit_code, 1) << run.output;
  EXPECT_THAT(run.errors, HasSubstr("found 120000007 Hz"));
  EXPECT_LT(run.peak_megabytes, 2 * kMostMegabytes);
}

TEST_F(Exhaustion, OfPatienceByNamedPipes) {
  const std::string why = "expected a file, found something that is no regular file";
  make_pipe("pipe.pt");
  expect_refused_everywhere(path("pipe.pt"), why);
  fs::create_directory(folder_ / "hf");
  write_file(folder_ / "hf/model.safetensors", "\1");
  make_pipe("hf/config.json");
  expect_refused_everywhere(path("hf"), why);
  make_pipe("pipe.tiktoken");
  expect_cheap_refusal({"export", path("model.pt"), "-o", path("out"), "--name", "quick",
                        "--vocabulary", path("pipe.tiktoken")},
                       why);
  expect_cheap_refusal({"check", path("pipe.pt"), "--target", "mt8371"}, why);
}

TEST_F(Exhaustion, ThoughARecordingMayComeThroughAPipe) {
  const auto transcribe = [&](const std::string& recording) {
    return run_sotto(
        {"transcribe", path(recording), "-m", path("model.pt"), "-f", "none", "--json"},
        std::chrono::seconds(120));
  };
  make_pipe("pipe.wav");
  std::thread writer([from = path("tone.wav"), to = path("pipe.wav")] {
    const std::string bytes = read_file(from);
    const int descriptor = ::open(to.c_str(), O_WRONLY);
    EXPECT_EQ(::write(descriptor, bytes.data(), bytes.size()),
              static_cast<::ssize_t>(bytes.size()));
    ::close(descriptor);
  });
  const ProgramRun piped = transcribe("pipe.wav");
  writer.join();
  EXPECT_EQ(piped.exit_code, 0) << piped.errors;
  const ProgramRun plain = transcribe("tone.wav");
  EXPECT_EQ(nlohmann::json::parse(piped.output)["text"],
            nlohmann::json::parse(plain.output)["text"]);
}

}  // namespace
}  // namespace sotto::test
