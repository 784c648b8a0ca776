#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/sotto_process.h"

#include "core/base/error.h"
#include "core/bundle/bundle.h"
#include "core/bundle/vocabulary_file.h"
#include "mel/wav_file.h"
#include "run/deployment/bundle_selection.h"
#include "run/deployment/deployment.h"
#include "run/deployment/device_transcript.h"
#include "run/deployment/wav_copy.h"
#include "run/transcriber/open_recording.h"
#include "support/files.h"
#include "support/temp_folder.h"
#include "wire/expect_refusal.h"

namespace sotto::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::int16_t> samples_of(const fs::path& path) {
  const auto stream = open_samples(InputFile::open(path));
  std::vector<std::int16_t> samples;
  for (std::vector<std::int16_t> block; stream->next(block);) {
    samples.insert(samples.end(), block.begin(), block.end());
  }
  return samples;
}

TEST(WavCopies, HaveTheVerySamples) {
  const TempFolder folder;
  write_file(folder / "stereo.wav", wav_bytes(sine(440, 9000, 44100, 50000), 44100, 2));
  write_wav_copy(folder / "stereo.wav", folder / "copy.wav");
  const auto expected = samples_of(folder / "stereo.wav");
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(samples_of(folder / "copy.wav"), expected);
  EXPECT_EQ(fs::file_size(folder / "copy.wav"), 44 + 2 * expected.size());
  EXPECT_EQ(read_file(folder / "copy.wav"), wav_bytes(expected, 16000, 1));
}

constexpr const char* kLine =
    R"({"audio_file": "/d/clips/1.wav", "text": " Hi.", "segments": [{"id": 0, "start": 0.0, )"
    R"("end": 1.5, "text": " Hi.", "tokens": [50364, 2421, 13, 50439]}, {"id": 1, "start": 1.5, )"
    R"("end": 2.0, "tokens": [50439]}], "language": "en", "language_detected": false, )"
    R"("audio_seconds": 2.0, "audio_time": 0.25, "encode_time": 0.5, "decode_time": 0.25})";

TEST(DeviceOutputs, AreReadLineByLine) {
  const DeviceOutput output = parse_device_output(
      concat("noise\n", kLine, "\n", kLine, "\nVmHWM:\t  123456 kB\n"), "board");
  ASSERT_EQ(output.transcripts.size(), 2U);
  const DeviceTranscript& first = output.transcripts.front();
  EXPECT_EQ(first.file, "/d/clips/1.wav");
  EXPECT_EQ(first.tokens, (std::vector<TokenId>{50364, 2421, 13, 50439, 50439}));
  EXPECT_EQ(first.segments.size(), 2U);
  EXPECT_EQ(first.segments[0], std::pair(0.0, 1.5));
  EXPECT_EQ(first.total_time(), 1.0);
  EXPECT_EQ(output.peak_kilobytes, 123456);
  EXPECT_TRUE(parse_device_output("", "board").transcripts.empty());
}

TEST(DeviceOutputs, ThatAreNotSottosAreRefused) {
  const std::string line = kLine;
  for (const char* field : {"audio_file", "text", "segments", "language", "audio_seconds",
                            "encode_time", "tokens", "start"}) {
    std::string changed = line;
    changed[changed.find(field)] = '_';
    expect_refusal(ErrorKind::format, field, [&] { (void)parse_device_output(changed, "board"); });
  }
  std::string changed = line;
  changed[changed.find("2421")] = '-';
  expect_refusal(ErrorKind::format, "tokens", [&] { (void)parse_device_output(changed, "board"); });
  expect_refusal(ErrorKind::format, "board",
                 [&] { (void)parse_device_output("{\"a\":", "board"); });
}

TEST(Partings, AreWhereTokensDifferFirst) {
  EXPECT_FALSE(parting_of({}, {}));
  EXPECT_FALSE(parting_of({1, 2}, {1, 2}));
  const auto other = parting_of({1, 2, 3}, {1, 5, 3});
  ASSERT_TRUE(other);
  EXPECT_EQ(other->at, 1U);
  EXPECT_EQ(other->here, 2);
  EXPECT_EQ(other->device, 5);
  const auto shorter = parting_of({1, 2}, {1});
  ASSERT_TRUE(shorter);
  EXPECT_EQ(shorter->at, 1U);
  EXPECT_EQ(shorter->here, 2);
  EXPECT_FALSE(shorter->device);
}

class Selections : public testing::Test {
 protected:
  /// A bundle of TFLite files, which are said to be compiled too.
  void SetUp() override {
    try {
      const std::string vocabulary = vocabulary_path(51865).string();
      const ProgramRun run =
          run_sotto({"export", "assets/demo/demo.pt", "--name", "demo", "--format", "tflite", "-o",
                     (folder_ / "demo").string(), "--vocabulary", vocabulary, "--quiet"});
      ASSERT_EQ(run.exit_code, 0) << run.errors;
    } catch (const Error& absent) {
      GTEST_SKIP() << absent.what();
    }
  }

  void compile_for(const std::string& soc) {
    Manifest manifest = read_manifest(folder_ / "demo");
    for (const FileRecord& file : std::vector<FileRecord>(manifest.files)) {
      const auto role = parse_graph_role(file.role);
      if (!role || !role->soc.empty()) continue;
      FileRecord compiled = file;
      compiled.role = compiled_role(file.role, soc, "neuron");
      compiled.name = soc + "_" + file.signature_key + file.name;
      compiled.signature_key.clear();
      compiled.target = soc;
      fs::copy(folder_ / "demo" / file.name, folder_ / "demo" / compiled.name);
      manifest.files.push_back(compiled);
    }
    write_file(folder_ / "demo" / kManifestName, manifest_text(manifest));
  }

  [[nodiscard]] std::vector<std::string> roles(const DeviceRun& run) const {
    const Bundle bundle = Bundle::open(folder_ / "demo");
    std::vector<std::string> roles;
    for (const FileRecord& file : select_for_device(bundle, run).files) roles.push_back(file.role);
    std::sort(roles.begin(), roles.end());
    return roles;
  }

  TempFolder folder_;
};

TEST_F(Selections, AreWhatARunReads) {
  const std::vector<std::string> tables{"position_embedding", "token_embedding", "vocabulary"};
  EXPECT_EQ(roles({.backend = "litert"}),
            (std::vector<std::string>{"decoder_prefill_tflite", "decoder_step_tflite",
                                      "encoder_crosskv_tflite", tables[0], tables[1], tables[2]}));
  EXPECT_EQ(roles({.backend = "litert", .decoder = DecoderKind::full}),
            (std::vector<std::string>{"decoder_tflite", "encoder_tflite", tables[0], tables[1],
                                      tables[2]}));
  expect_refusal(ErrorKind::usage, "has no file of the encoder that the neuron back end runs",
                 [&] { (void)roles({}); });
  compile_for("mt8189");
  EXPECT_EQ(roles({}),
            (std::vector<std::string>{
                "decoder_prefill_tflite@mt8189.neuron", "decoder_step_tflite@mt8189.neuron",
                "encoder_crosskv_tflite@mt8189.neuron", tables[0], tables[1], tables[2]}));
  compile_for("mt6991");
  expect_refusal(ErrorKind::usage, "is compiled for mt6991 and mt8189: say which the device is",
                 [&] { (void)roles({}); });
  EXPECT_THAT(roles({.soc = "mt6991"}), testing::Contains("decoder_step_tflite@mt6991.neuron"));
  expect_refusal(ErrorKind::usage, "on mt1000", [&] { (void)roles({.soc = "mt1000"}); });
}

}  // namespace
}  // namespace sotto::test
