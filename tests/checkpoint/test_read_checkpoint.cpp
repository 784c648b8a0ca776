#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "checkpoint/checkpoint_bytes.h"
#include "checkpoint/expect_model.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

using ::testing::HasSubstr;

std::string refusal(ErrorKind kind, const std::filesystem::path& path) {
  return expect_error(kind, path.string(), [&] { (void)read_checkpoint(path); });
}

TEST(ReadCheckpoint, TellsFormatsApartByWhatTheyHold) {
  const TempFolder folder;
  const SmallModel model = small_model();
  write_file(folder / "a", torch_file(model).openai());
  write_file(folder / "b", ctranslate2_file(model).make());
  EXPECT_EQ(read_checkpoint(folder / "a").format, CheckpointFormat::openai);
  EXPECT_EQ(read_checkpoint(folder / "a").weights, folder / "a");
  EXPECT_EQ(read_checkpoint(folder / "b").format, CheckpointFormat::ctranslate2);
}

TEST(ReadCheckpoint, KeepsTheFileAlive) {
  const TempFolder folder;
  const SmallModel model = small_model();
  write_file(folder / "a.pt", torch_file(model).openai());
  const Checkpoint checkpoint = read_checkpoint(folder / "a.pt");
  std::filesystem::remove(folder / "a.pt");
  expect_model(checkpoint, model);
}

TEST(ReadCheckpoint, RefusesWhatIsNoCheckpoint) {
  const TempFolder folder;
  refusal(ErrorKind::not_found, folder / "none.pt");
  EXPECT_THAT(refusal(ErrorKind::not_found, folder.path()), HasSubstr("model.safetensors"));
  write_file(folder / "empty.pt", "");
  EXPECT_THAT(refusal(ErrorKind::format, folder / "empty.pt"), HasSubstr("found an empty file"));
  write_file(folder / "song.wav", "RIFF....WAVEfmt ");
  EXPECT_THAT(refusal(ErrorKind::format, folder / "song.wav"), HasSubstr("found a recording"));
  write_file(folder / "model.safetensors", "");
  EXPECT_THAT(refusal(ErrorKind::format, folder / "model.safetensors"),
              HasSubstr("found an empty file"));
  write_file(folder / "vocab.json", "{}");
  EXPECT_THAT(refusal(ErrorKind::usage, folder / "vocab.json"), HasSubstr("name the folder"));
  write_file(folder / "model.bin", "lmgg");
  EXPECT_THAT(refusal(ErrorKind::format, folder / "model.bin"), HasSubstr("whisper.cpp"));
}

TEST(TensorTable, HoldsEveryNameOnce) {
  TensorTable table;
  table.add("a", {});
  EXPECT_EQ(table.size(), 1U);
  EXPECT_TRUE(table.contains("a"));
  expect_error(ErrorKind::format, "expected tensors of different names",
               [&] { table.add("a", {}); });
  expect_error(ErrorKind::internal, "the tensor b", [&] { (void)table.at("b"); });
}

TEST(CheckTensors, NamesWhatIsMissing) {
  EXPECT_THAT(
      expect_error(ErrorKind::mismatch, "x: ", [&] { check_tensors({}, small_model().dims, "x"); }),
      HasSubstr("encoder.positional_embedding of shape [7, 8]"));
}

}  // namespace
}  // namespace sotto::test
