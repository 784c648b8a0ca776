#include <atomic>
#include <cstdlib>
#include <optional>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "core/base/error.h"
#include "core/base/staging.h"
#include "core/bundle/bundle.h"
#include "core/bundle/bundle_writer.h"
#include "core/bundle/graph_table.h"
#include "core/bundle/sha256.h"
#include "core/bundle/vocabulary_file.h"
#include "core/bundle/vocabulary_layout.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/temp_folder.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;
using test::names_in;
using test::read_file;
using test::TempFolder;
using test::write_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Manifest manifest_of(std::vector<FileRecord> files) {
  Manifest manifest;
  manifest.model_name = "small";
  manifest.source = {"a.pt", "openai", std::string(64, '0')};
  manifest.frames = 3000;
  manifest.files = std::move(files);
  return manifest;
}

void write_bundle(const fs::path& folder, const std::string& content) {
  BundleWriter writer(folder);
  const FileRecord record =
      writer.write("vocabulary", "words", [&](ByteSink& sink) { sink.write_text(content); });
  writer.commit(manifest_of({record}));
}

TEST(Bundle, HoldsWhatWasWritten) {
  const TempFolder folder;
  write_bundle(folder / "models", "abc");
  const Bundle bundle = Bundle::open(folder / "models");
  EXPECT_TRUE(Bundle::is_bundle(folder / "models"));
  EXPECT_FALSE(Bundle::is_bundle(folder.path()));
  EXPECT_EQ(bundle.file(role::vocabulary), folder / "models" / "words");
  const FileRecord& record = bundle.record(role::vocabulary);
  EXPECT_EQ(record.bytes, 3U);
  // The one-block example of FIPS 180-4.
  EXPECT_EQ(record.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_NO_THROW(bundle.check_hashes());
  EXPECT_THROW((void)bundle.record(graph_role(GraphKind::encoder, Form::torchscript)), Error);
}

TEST(Bundle, NamesTheFileThatIsNotAsTheManifestSays) {
  const TempFolder folder;
  const fs::path models = folder / "models";
  const auto open = [&] { return test::refusal_of([&] { (void)Bundle::open(models); }); };
  EXPECT_THAT(open(), HasSubstr("expected a bundle, found no sotto.json there"));
  write_bundle(models, "abc");
  write_file(models / "words", "abd");
  EXPECT_THAT(test::refusal_of([&] { Bundle::open(models).check_hashes(); }),
              AllOf(HasSubstr("words: expected the SHA-256 ba78"), HasSubstr("found a52d")));
  write_file(models / "words", "ab");
  EXPECT_THAT(open(), HasSubstr("words: expected 3 bytes as the manifest says, found 2"));
  fs::remove(models / "words");
  EXPECT_THAT(open(), HasSubstr("words: expected this file of the bundle, found none"));
  fs::create_directory(models / "words");
  EXPECT_THAT(open(), HasSubstr("found something that is no regular file"));
}

TEST(Bundle, RefusesAGiantManifestBeforeReadingIt) {
  const TempFolder folder;
  write_file(folder / "sotto.json", std::string((1 << 20) + 1, ' '));
  EXPECT_THAT(test::refusal_of([&] { (void)Bundle::open(folder.path()); }),
              HasSubstr("expected a manifest in JSON of at most 1048576 bytes"));
}

TEST(BundleWriter, ReplacesABundleAndAnEmptyFolder) {
  const TempFolder folder;
  fs::create_directory(folder / "models");
  write_bundle(folder / "models", "first");
  write_bundle(folder / "models", "second");
  EXPECT_EQ(read_file(folder / "models" / "words"), "second");
  EXPECT_THAT(names_in(folder.path()), ElementsAre("models"));
}

TEST(BundleWriter, TakesFilesOverWithoutACopy) {
  const TempFolder folder;
  write_bundle(folder / "models", "abc");
  const FileRecord kept = Bundle::open(folder / "models").record(role::vocabulary);
  fs::create_hard_link(folder / "models" / "words", folder / "witness");
  BundleWriter writer(folder / "models");
  writer.keep(kept);
  const FileRecord added = writer.write("encoder_tflite@mt8371.dla", "more",
                                        [](ByteSink& sink) { sink.write_text("x"); });
  writer.commit(manifest_of({kept, added}));
  const Bundle bundle = Bundle::open(folder / "models");
  bundle.check_hashes();
  EXPECT_TRUE(fs::equivalent(folder / "models" / "words", folder / "witness"));
  EXPECT_EQ(read_file(folder / "models" / "more"), "x");
}

TEST(BundleWriter, RefusesFoldersThatHoldAnythingElse) {
  const TempFolder folder;
  const auto refusal = [&](const fs::path& path) {
    return test::refusal_of([&] { const BundleWriter writer(path); });
  };
  write_file(folder / "notes.txt", "mine");
  EXPECT_THAT(refusal(folder.path()), HasSubstr("found a folder with other things in it"));
  EXPECT_THAT(refusal(folder / "notes.txt"), HasSubstr("found something that is no folder"));
  write_bundle(folder / "models", "abc");
  write_file(folder / "models" / "notes.txt", "mine");
  EXPECT_THAT(refusal(folder / "models"), HasSubstr("a bundle with notes.txt in it"));
  fs::remove(folder / "models" / "notes.txt");
  write_file(folder / "models" / "sotto.json", "{}");
  EXPECT_THAT(refusal(folder / "models"), HasSubstr("`format_version`"));
  EXPECT_THAT(names_in(folder.path()), ElementsAre("models", "notes.txt"));
}

TEST(BundleWriter, KeepsWhatAppearedWhileItWrote) {
  const TempFolder folder;
  const std::string message = test::refusal_of([&] {
    BundleWriter writer(folder / "models");
    fs::create_directory(folder / "models");
    write_file(folder / "models" / "notes.txt", "mine");
    writer.commit(manifest_of({}));
  });
  EXPECT_THAT(message, HasSubstr("found a folder with other things in it"));
  EXPECT_THAT(names_in(folder / "models"), ElementsAre("notes.txt"));
  EXPECT_THAT(names_in(folder.path()), ElementsAre("models"));
}

JoiningFile joining(const fs::path& folder, const std::string& name) {
  write_file(folder / name, name);
  JoiningFile file;
  file.record.role = "encoder_tflite@" + name;
  file.record.name = name;
  file.file = folder / name;
  return file;
}

std::string name_of(int writer, int round) { return concat("w", writer, ".", round); }

TEST(BundleWriter, KeepsWhatManyWritersAddAtOnce) {
  constexpr int kWriters = 6, kRounds = 5;
  const TempFolder folder, results;
  write_bundle(folder / "models", "abc");
  const auto add_all = [&](int writer) {
    for (int round = 0; round < kRounds; ++round) {
      extend_bundle(folder / "models", {joining(results.path(), name_of(writer, round))});
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kWriters / 2; ++i) threads.emplace_back(add_all, i);
  for (auto& thread : threads) thread.join();
  std::vector<::pid_t> processes;
  for (int i = 0; i < kWriters / 2; ++i) {
    processes.push_back(::fork());
    if (processes.back() != 0) continue;
    const std::string failure = test::refusal_of([&] { add_all(kWriters / 2 + i); });
    ::_exit(failure == "" ? 0 : 1);
  }
  for (const ::pid_t process : processes) {
    int status = 0;
    EXPECT_EQ(::waitpid(process, &status, 0), process);
    EXPECT_EQ(status, 0);
  }
  const Bundle bundle = Bundle::open(folder / "models");
  bundle.check_hashes();
  for (int writer = 0; writer < kWriters; ++writer) {
    for (int round = 0; round < kRounds; ++round) {
      EXPECT_TRUE(bundle.has("encoder_tflite@" + name_of(writer, round)));
    }
  }
  EXPECT_THAT(names_in(folder.path()), ElementsAre("models"));
}

TEST(BundleWriter, TellsThatItWaits) {
  const TempFolder folder;
  std::atomic_int told = 0;
  std::optional<BundleWriter> first(std::in_place, folder / "models");
  std::thread second(
      [&] { BundleWriter(folder / "models", [&] { ++told; }).commit(manifest_of({})); });
  while (told == 0) std::this_thread::yield();
  first->commit(manifest_of({}));
  first.reset();
  second.join();
  BundleWriter(folder / "models", [&] { ++told; }).commit(manifest_of({}));
  EXPECT_EQ(told, 1);
  EXPECT_THAT(names_in(folder.path()), ElementsAre("models"));
}

TEST(BundleWriter, OverwritesNothingThatStandsWhereTheLockBelongs) {
  const TempFolder folder;
  const fs::path lock = folder / (sibling_name("models") + ".lock");
  write_file(folder / "precious", "mine");
  fs::create_symlink("precious", lock);
  EXPECT_THAT(test::refusal_of([&] { const BundleWriter writer(folder / "models"); }),
              HasSubstr("cannot be locked"));
  EXPECT_EQ(read_file(folder / "precious"), "mine");
  fs::remove(lock);
  ASSERT_EQ(::mkfifo(lock.c_str(), 0600), 0);
  EXPECT_THAT(test::refusal_of([&] { const BundleWriter writer(folder / "models"); }),
              HasSubstr("cannot be locked"));
  fs::remove(lock);
  write_file(lock, "left by a killed process");
  write_bundle(folder / "models", "abc");
  EXPECT_THAT(names_in(folder.path()), ElementsAre("models", "precious"));
}

TEST(BundleWriter, RefusesWhatWasMadeOfAFileThatIsNoLongerThere) {
  const TempFolder folder;
  write_bundle(folder / "models", "abc");
  JoiningFile file = joining(folder.path(), "made");
  file.source = Bundle::open(folder / "models").record(role::vocabulary);
  write_bundle(folder / "models", "abd");
  EXPECT_THAT(test::refusal_of([&] { extend_bundle(folder / "models", {file}); }),
              HasSubstr("models/words: was replaced while made was made of it"));
  EXPECT_THAT(names_in(folder / "models"), ElementsAre("sotto.json", "words"));
}

// A reader or a check that meets both states of a bundle would find files that are not of its own.
TEST(Bundle, IsReadInOneStateWhileItIsReplaced) {
  const TempFolder folder;
  write_bundle(folder / "models", "abc");
  std::atomic_bool done = false;
  std::thread writer([&] {
    for (int i = 0; i < 50; ++i)
      write_bundle(folder / "models", std::string(static_cast<std::size_t>(i), 'x'));
    done = true;
  });
  while (!done) {
    EXPECT_EQ(test::refusal_of([&] { (void)Bundle::open(folder / "models"); }), "");
    EXPECT_EQ(test::refusal_of([&] { check_replaceable(folder / "models"); }), "");
  }
  writer.join();
}

TEST(BundleWriter, LeavesNoTraceWithoutCommit) {
  const TempFolder folder;
  {
    BundleWriter writer(folder / "models");
    (void)writer.write("role", "file", [](ByteSink& sink) { sink.write_text("x"); });
  }
  EXPECT_THAT(names_in(folder.path()), IsEmpty());
}

TEST(Sha256, AgreesWithTheStandardsExamples) {
  Sha256 hash;
  hash.write_text("abcdbcdecdefdefgefghfghighijhijk");
  hash.write_text("ijkljklmklmnlmnomnopnopq");
  EXPECT_EQ(hash.finish(), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  const TempFolder folder;
  write_file(folder / "a", std::string(3000000, 'a'));
  Sha256 in_pieces;
  for (int i = 0; i < 300; ++i) in_pieces.write_text(std::string(10000, 'a'));
  EXPECT_EQ(sha256_of_file(folder / "a"), in_pieces.finish());
  EXPECT_THROW((void)sha256_of_file(folder / "missing"), Error);
}

TEST(VocabularyFile, IsFoundByTheEnvironment) {
  const TempFolder folder;
  const char* before = std::getenv("SOTTO_VOCABULARY_DIR");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("SOTTO_VOCABULARY_DIR", folder.path().c_str(), 1);
  EXPECT_THAT(test::refusal_of([] { (void)vocabulary_path(kMultilingualWords); }),
              AllOf(HasSubstr("multilingual.tiktoken"), HasSubstr("./demo.sh")));
  write_file(folder / "multilingual.tiktoken", "x");
  write_file(folder / "gpt2.tiktoken", "x");
  EXPECT_EQ(vocabulary_path(kMultilingualWords), folder / "multilingual.tiktoken");
  EXPECT_EQ(vocabulary_path(kEnglishWords), folder / "gpt2.tiktoken");
  if (before == nullptr) {
    ::unsetenv("SOTTO_VOCABULARY_DIR");
  } else {
    ::setenv("SOTTO_VOCABULARY_DIR", kept.c_str(), 1);
  }
}

TEST(VocabularyFile, IsKnownByItsHash) {
  const std::string text = "IQ== 0\n";
  EXPECT_THAT(test::refusal_of([&] {
                check_vocabulary(std::as_bytes(std::span(text)), kMultilingualWords,
                                 "words.tiktoken");
              }),
              HasSubstr("words.tiktoken: expected the vocabulary multilingual.tiktoken"));
}

TEST(VocabularyFile, OfTheUsersOwnMustHaveTheForm) {
  const auto count = [](const std::string& text) {
    return count_words(std::as_bytes(std::span(text)), "own.tiktoken");
  };
  EXPECT_EQ(count("IQ== 0\nIg== 1\n= 2\n"), 3);
  EXPECT_EQ(count("IQ== 0\nIg== 1"), 2);
  EXPECT_EQ(count("IQ== 1\nIg== 0\n"), 2);  // the order of the lines is that of the joins
  EXPECT_THAT(test::refusal_of([&] { (void)count("IQ== 0\nIg== 2\n"); }),
              HasSubstr("found 2 lines"));
  for (const char* line : {"IQ==", " 1", "IQ== -1", "IQ== 1x", "IQ== 0", "IQ== 99"}) {
    EXPECT_THAT(test::refusal_of([&] { (void)count(std::string("IQ== 0\n") + line + "\n"); }),
                HasSubstr("own.tiktoken: line 2: expected a base64 token"))
        << line;
  }
  EXPECT_THAT(test::refusal_of([&] { (void)count(""); }), HasSubstr("found 0 lines"));
}

TEST(VocabularyLayout, OfThePublishedModelsFollowsFromTheDims) {
  EXPECT_EQ(published_layout(51864, 80), (VocabularyLayout{50256, 99, false}));
  EXPECT_EQ(published_layout(51865, 80), (VocabularyLayout{50257, 99, true}));
  EXPECT_EQ(published_layout(51866, 128), (VocabularyLayout{50257, 100, true}));
  // More rows than the published models have: with 80 mel bins the model was none of large-v3's.
  EXPECT_EQ(published_layout(51866, 80), (VocabularyLayout{50257, 99, true}));
  EXPECT_EQ(published_layout(51904, 80), (VocabularyLayout{50257, 99, true}));
  EXPECT_EQ(published_layout(51904, 128), (VocabularyLayout{50257, 100, true}));
  EXPECT_EQ(published_layout(51865, 128), (VocabularyLayout{50257, 99, true}));
  EXPECT_EQ(published_layout(51863, 80), std::nullopt);
  for (const std::int64_t rows : {51864, 51865, 51866}) {
    EXPECT_EQ(rows_of(*published_layout(rows, rows == 51866 ? 128 : 80)), rows);
  }
}

TEST(VocabularyLayout, OfASmallerModelTakesAllItsRows) {
  EXPECT_EQ(smaller_layout(256, 1864), (VocabularyLayout{256, 99, true}));
  EXPECT_EQ(smaller_layout(256, 1865), (VocabularyLayout{256, 100, true}));
  EXPECT_EQ(smaller_layout(256, 1866), std::nullopt);
  EXPECT_EQ(smaller_layout(50257, 51865), std::nullopt);
}

}  // namespace
}  // namespace sotto
