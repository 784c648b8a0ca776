#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "cli/small_model.h"
#include "cli/sotto_process.h"

#include "core/base/error.h"
#include "core/bundle/sha256.h"
#include "mutation/tflite_mutator.h"
#include "mutation/torchscript_mutator.h"
#include "run/backends/registry.h"
#include "support/files.h"

// Bundles of which one file was changed where it says something, and whose manifest has the changed
// file's size and hash, run by the whole program in a vendor's runtime: it ends with 0, or with 1
// and one sentence, in time, and writes nothing but what it was asked for. $SOTTO_MUTATIONS is the
// number of changes (60), $SOTTO_MUTATION_SEED where they begin.

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::chrono::seconds kMost(20);

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// A file of the bundle, and what makes the program run it.
struct Target {
  std::string file;
  std::vector<std::string> options;
};

class Mutations : public SmallModelTest {
 protected:
  void prepare(const std::string& backend, const std::string& format) {
    SmallModelTest::SetUp();
    if (IsSkipped()) return;
    try {
      static_cast<void>(make_backend(backend));
    } catch (const Error& absent) {
      GTEST_SKIP() << absent.what();
    }
    const auto run = run_sotto({"export", path("model.pt"), "-o", path("whole"), "--name", "quick",
                                "--format", format, "--alignment", "--quiet"});
    ASSERT_EQ(run.exit_code, 0) << run.errors;
    fs::create_directory(folder_ / "changed");
    fs::create_directory(folder_ / "out");
    for (const std::string& name : names_in(folder_ / "whole")) {
      fs::create_hard_link(folder_ / "whole" / name, folder_ / "changed" / name);
    }
    backend_ = backend;
  }

  /// Puts a file into the changed bundle, and its size and hash into the manifest.
  void put(const std::string& name, const std::string& bytes) {
    replace(name, bytes);
    Json manifest = Json::parse(read_file(folder_ / "whole" / "sotto.json"));
    Sha256 hash;
    hash.write(std::as_bytes(std::span(bytes)));
    const std::string digest = hash.finish();
    for (Json& file : manifest["files"]) {
      if (file["name"] != name) continue;
      file["bytes"] = bytes.size();
      file["sha256"] = digest;
    }
    replace("sotto.json", manifest.dump());
  }

  void replace(const std::string& name, const std::string& bytes) {
    fs::remove(folder_ / "changed" / name);
    write_file(folder_ / "changed" / name, bytes);
  }

  void put_back(const std::string& name) {
    fs::remove(folder_ / "changed" / name);
    fs::create_hard_link(folder_ / "whole" / name, folder_ / "changed" / name);
  }

  [[nodiscard]] std::vector<std::string> listing() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
      const std::string name = entry.path().string();
      if (!name.starts_with(path("out") + "/")) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  [[nodiscard]] ProgramRun transcribe(const Target& target) const {
    std::vector<std::string> arguments{
        "transcribe", path("tone.wav"), "-m", path("changed"), "--backend", backend_, "-o",
        path("out"),  "--language",     "en", "--temperature", "0"};
    arguments.insert(arguments.end(), target.options.begin(), target.options.end());
    return run_sotto(arguments, kMost);
  }

  /// One changed file; false where something came of it that must not.
  void expect_end(const Target& target, const Mutation& mutation) {
    put(target.file, mutation.bytes);
    const auto before = listing();
    const ProgramRun run = transcribe(target);
    const bool is_refused = run.exit_code == 1 && is_one_sentence(run.errors);
    EXPECT_TRUE(run.exit_code == 0 || is_refused)
        << target.file << ": " << mutation.change << "exit code " << run.exit_code << '\n'
        << run.errors;
    EXPECT_EQ(listing(), before) << target.file << ": " << mutation.change;
    refused_ += run.exit_code == 1 ? 1 : 0;
    put_back(target.file);
  }

  template <class Mutator>
  void run_all(const std::vector<Target>& targets) {
    const std::uint64_t count = from_environment("SOTTO_MUTATIONS", 60);
    std::mt19937_64 random(from_environment("SOTTO_MUTATION_SEED", 1));
    std::vector<Mutator> mutators;
    for (const Target& target : targets) {
      mutators.emplace_back(read_file(folder_ / "whole" / target.file));
      ASSERT_EQ(transcribe(target).exit_code, 0) << target.file;
    }
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::size_t which = i % targets.size();
      expect_end(targets[which], mutators[which].mutate(random));
      if (testing::Test::HasFatalFailure()) return;
    }
    std::cout << count << " changed files, " << refused_ << " refused, the others run\n";
  }

  std::string backend_;
  std::uint64_t refused_ = 0;
};

TEST_F(Mutations, OfTfliteFilesEndInASentenceOrRun) {
  prepare("litert", "tflite");
  if (IsSkipped()) return;
  const std::vector<std::string> kv{"--decoder", "kv"}, full{"--decoder", "full"},
      words{"--word_timestamps", "True"};
  run_all<TfliteMutator>({{"encoder_quick_100_crosskv.tflite", kv},
                          {"decoder_quick_16_kv.tflite", kv},
                          {"encoder_quick_80x100.tflite", full},
                          {"decoder_quick_16.tflite", full},
                          {"decoder_quick_16_alignment.tflite", words}});
}

TEST_F(Mutations, OfTorchscriptFilesEndInASentenceOrRun) {
  prepare("torchscript", "torchscript");
  if (IsSkipped()) return;
  run_all<TorchscriptMutator>({{"encoder_quick_100.pt", {}}, {"decoder_quick_16.pt", {}}});
}

}  // namespace
}  // namespace sotto::test
