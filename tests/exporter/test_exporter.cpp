#include <mutex>
#include <set>

#include "gmock/gmock.h"

#include "core/archive/npy_reader.h"
#include "core/bundle/bundle.h"
#include "core/bundle/graph_table.h"
#include "exporter/exporter_test.h"
#include "support/expect_error.h"
#include "support/files.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;
using test::ExporterTest;
using test::names_in;
using test::read_file;
using test::write_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

std::string refusal(const ExportOptions& options) {
  return test::refusal_of([&] { (void)export_bundle(options); });
}

TEST_F(ExporterTest, WritesASoundBundle) {
  const ExportReport report = export_bundle(options());
  EXPECT_THAT(names_in(target()),
              ElementsAre("decoder_small_448.pt", "embedding_info.json", "encoder_small_100.pt",
                          "sotto.json", "token_embedding.npy", "vocabulary.tiktoken",
                          "whisper_small_metadata.json"));
  EXPECT_THAT(names_in(parent()), ElementsAre("models"));
  const Bundle bundle = Bundle::open(target());
  EXPECT_NO_THROW(bundle.check_hashes());
  const Manifest& manifest = bundle.manifest();
  EXPECT_EQ(manifest.source.file, "checkpoint1.pt");
  EXPECT_EQ(manifest.source.format, "openai");
  EXPECT_EQ(manifest.frames, 100);
  EXPECT_EQ(manifest.files, report.manifest.files);
  const FileRecord& decoder = bundle.record(graph_role(GraphKind::decoder, Form::torchscript));
  EXPECT_THAT(decoder.signature.inputs,
              ElementsAre(Signature::Port{"token_embeddings", {1, 448, 64}, 1},
                          Signature::Port{"encoder_output", {1, 50, 64}, std::nullopt}));
  EXPECT_THAT(decoder.signature.outputs, ElementsAre(Signature::Port{"logits", {1, 448, 1864}, 1}));
  const Checkpoint source = read_checkpoint(checkpoint());
  EXPECT_EQ(to_float32(read_npy(bundle.file(role::token_embedding))),
            to_float32(source.tensors.at("decoder.token_embedding.weight")));
}

TEST_F(ExporterTest, WritesTheDecoderThatTimesWordsWhenAskedTo) {
  ExportOptions timing = options();
  timing.alignment = true;
  (void)export_bundle(timing);
  const Bundle bundle = Bundle::open(target());
  EXPECT_NO_THROW(bundle.check_hashes());
  const FileRecord& record = bundle.record(graph_role(GraphKind::alignment, Form::torchscript));
  EXPECT_EQ(record.name, "decoder_small_448_alignment.pt");
  EXPECT_THAT(record.signature.outputs,
              ElementsAre(Signature::Port{"scores.1", {1, 2, 448, 50}, 2}));
  EXPECT_THAT(bundle.manifest().alignment_heads, IsEmpty());  // the source names none
}

TEST_F(ExporterTest, RecordsTheAlignmentHeadsThatItIsGiven) {
  ExportOptions timing = options();
  timing.alignment_heads = AlignmentHeads{{1, 1}, {0, 1}};
  (void)export_bundle(timing);
  const Bundle without = Bundle::open(target());
  EXPECT_FALSE(without.has(graph_role(GraphKind::alignment, Form::torchscript)));
  EXPECT_THAT(without.manifest().alignment_heads, ElementsAre(Pair(0, 1), Pair(1, 1)));
  timing.alignment = true;
  (void)export_bundle(timing);
  EXPECT_THAT(Bundle::open(target())
                  .record(graph_role(GraphKind::alignment, Form::torchscript))
                  .signature.outputs,
              ElementsAre(Signature::Port{"scores.0", {1, 2, 448, 50}, 2},
                          Signature::Port{"scores.1", {1, 2, 448, 50}, 2}));
  timing.alignment_heads = AlignmentHeads{{2, 0}};
  EXPECT_THAT(refusal(timing), HasSubstr("expected alignment heads within the 2 layers"));
}

TEST_F(ExporterTest, KeepsEveryWeightBitForBit) {
  (void)export_bundle(options());
  const Checkpoint before = read_checkpoint(checkpoint());
  const Checkpoint after = read_checkpoint(target());
  EXPECT_EQ(after.dims, before.dims);
  for (const auto& [name, view] : before.tensors.all()) {
    EXPECT_EQ(to_float32(after.tensors.at(name)), to_float32(view)) << name;
  }
}

TEST_F(ExporterTest, WritesTheSameBytesAgainAndFromItsOwnBundle) {
  (void)export_bundle(options());
  ExportOptions again = options();
  again.output = parent() / "again";
  (void)export_bundle(again);
  ExportOptions from_bundle = again;
  from_bundle.source = target();
  from_bundle.name.clear();
  from_bundle.output = parent() / "from_bundle";
  (void)export_bundle(from_bundle);
  for (const std::string& name : names_in(target())) {
    EXPECT_EQ(read_file(again.output / name), read_file(target() / name)) << name;
    if (name == kManifestName) continue;
    EXPECT_EQ(read_file(from_bundle.output / name), read_file(target() / name)) << name;
  }
}

TEST_F(ExporterTest, ReplacesTheBundleThatItReads) {
  (void)export_bundle(options());
  ExportOptions in_place = options();
  in_place.source = target();
  (void)export_bundle(in_place);
  EXPECT_NO_THROW(Bundle::open(target()).check_hashes());
}

TEST_F(ExporterTest, ShortensTheWindow) {
  ExportOptions shorter = options();
  shorter.frames = 60;
  const Manifest manifest = export_bundle(shorter).manifest;
  EXPECT_EQ(manifest.files[0].name, "encoder_small_60.pt");
  EXPECT_EQ(manifest.files[0].signature.outputs[0].shape, (Shape{1, 30, 64}));
  EXPECT_EQ(manifest.files[1].signature.inputs[1].shape, (Shape{1, 30, 64}));
  shorter.frames = 61;
  EXPECT_THAT(refusal(shorter), HasSubstr("expected an even number of mel frames from 2 to 100"));
}

TEST_F(ExporterTest, TellsOfEachFileOnceAndOneAtATime) {
  ExportOptions told = options();
  std::mutex mutex;
  std::multiset<std::string> files;
  told.progress = [&](const std::string& file) {
    const std::unique_lock lock(mutex, std::try_to_lock);
    EXPECT_TRUE(lock.owns_lock());
    files.insert(file);
  };
  (void)export_bundle(told);
  EXPECT_THAT(files, UnorderedElementsAre("decoder_small_448.pt", "encoder_small_100.pt",
                                          "token_embedding.npy", "embedding_info.json",
                                          "whisper_small_metadata.json", "vocabulary.tiktoken"));
}

TEST_F(ExporterTest, AsksForANameWhereNobodyPublishedTheDims) {
  ExportOptions unnamed = options();
  unnamed.name.clear();
  EXPECT_THAT(refusal(unnamed),
              AllOf(HasSubstr("checkpoint1.pt: "), HasSubstr("a name with name")));
  unnamed.name = "../small";
  EXPECT_THAT(refusal(unnamed), HasSubstr("name: expected at most 64 letters"));
  EXPECT_THAT(names_in(parent()), IsEmpty());
}

TEST_F(ExporterTest, WritesNothingForACheckpointThatIsNone) {
  ExportOptions broken = options();
  broken.source = folder() / "broken.pt";
  write_file(broken.source, read_file(checkpoint()).substr(0, 5000));
  broken.output = parent() / "new" / "models";
  EXPECT_THAT(refusal(broken), HasSubstr("broken.pt: expected a zip archive"));
  broken.source = folder() / "missing.pt";
  EXPECT_THAT(refusal(broken), HasSubstr("missing.pt"));
  EXPECT_THAT(names_in(parent()), IsEmpty());
}

TEST_F(ExporterTest, LeavesForeignFoldersAlone) {
  fs::create_directory(target());
  write_file(target() / "notes.txt", "mine");
  EXPECT_THAT(refusal(options()), HasSubstr("found a folder with other things in it"));
  EXPECT_THAT(names_in(target()), ElementsAre("notes.txt"));
  EXPECT_THAT(names_in(parent()), ElementsAre("models"));
}

TEST_F(ExporterTest, TakesNoOtherVocabulary) {
  ExportOptions other = options();
  other.vocabulary = folder() / "words.tiktoken";
  EXPECT_THAT(refusal(other), HasSubstr("words.tiktoken: cannot be opened"));
  write_file(other.vocabulary, "IQ== 0\n");
  EXPECT_THAT(refusal(other),
              HasSubstr("words.tiktoken: expected the words of a model with 1864 tokens, 99 "
                        "or 100 languages among them, found 1"));
  EXPECT_THAT(names_in(parent()), IsEmpty());
}

}  // namespace
}  // namespace sotto
