#include "gtest/gtest.h"

#include "checkpoint/checkpoint_bytes.h"
#include "checkpoint/expect_model.h"
#include "core/base/mapped_file.h"
#include "model/checkpoint/ctranslate2_reader.h"
#include "model/checkpoint/openai_reader.h"
#include "model/checkpoint/openai_writer.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

TEST(OpenAiWriter, WritesWhatItReads) {
  const TempFolder folder;
  for (const DType dtype : {DType::float16, DType::float32, DType::bfloat16}) {
    const SmallModel model = small_model(dtype);
    const std::string bytes = torch_file(model).openai();
    const Checkpoint first = parse_openai(bytes_of(bytes), "x.pt", nullptr);
    write_openai_checkpoint(first, folder / "out.pt");
    expect_model(read_checkpoint(folder / "out.pt"), model);
  }
}

TEST(OpenAiWriter, WritesTheSameBytesFromEveryFormatAndUnderEveryName) {
  const TempFolder folder;
  const SmallModel model = small_model();
  const std::string torch = torch_file(model).openai();
  const std::string ctranslate2 = ctranslate2_file(model).make();
  write_openai_checkpoint(parse_openai(bytes_of(torch), "x.pt", nullptr), folder / "one.pt");
  write_openai_checkpoint(parse_ctranslate2(bytes_of(ctranslate2), "model.bin", nullptr),
                          folder / "other.pt");
  EXPECT_EQ(read_file(folder / "one.pt"), read_file(folder / "other.pt"));
}

TEST(OpenAiWriter, ReplacesItsOwnSource) {
  const TempFolder folder;
  const SmallModel model = small_model();
  write_file(folder / "x.pt", torch_file(model).openai());
  const Checkpoint checkpoint = read_checkpoint(folder / "x.pt");
  write_openai_checkpoint(checkpoint, folder / "x.pt");
  expect_model(read_checkpoint(folder / "x.pt"), model);
}

TEST(OpenAiWriter, LeavesNothingWhereItCannotWrite) {
  const TempFolder folder;
  const std::string bytes = torch_file(small_model()).openai();
  const Checkpoint checkpoint = parse_openai(bytes_of(bytes), "x.pt", nullptr);
  const auto target = folder / "none" / "out.pt";
  expect_error(ErrorKind::io, target.parent_path().string(),
               [&] { write_openai_checkpoint(checkpoint, target); });
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace sotto::test
