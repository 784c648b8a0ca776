#include "gtest/gtest.h"

#include "archive/pickle_bytes.h"
#include "checkpoint/checkpoint_bytes.h"
#include "checkpoint/expect_model.h"
#include "core/base/error.h"
#include "model/checkpoint/openai_reader.h"

namespace sotto::test {
namespace {

Checkpoint parse(const std::string& bytes) {
  return parse_openai(bytes_of(bytes), "x.pt", nullptr);
}

TEST(OpenAiReader, ReadsEveryFloatType) {
  for (const DType dtype : {DType::float16, DType::float32, DType::bfloat16}) {
    const SmallModel model = small_model(dtype);
    const std::string bytes = torch_file(model).openai();
    expect_model(parse(bytes), model);
  }
}

TEST(OpenAiReader, ReadsZip64AndTypesThatDiffer) {
  SmallModel model = small_model();
  model.tensors.at("decoder.ln.bias") = small_model(DType::float32).tensors.at("decoder.ln.bias");
  const TorchFile file = torch_file(model);
  ZipBytes zip = file.zip(file.openai_pickle());
  zip.zip64 = true;
  const std::string bytes = zip.make();
  expect_model(parse(bytes), model);
}

TEST(OpenAiReader, ReadsParametersAndLeavesOtherEntriesAlone) {
  const SmallModel model = small_model();
  TorchFile file = torch_file(model);
  for (TorchTensor& tensor : file.tensors) tensor.is_parameter = true;
  ZipBytes zip = file.zip(file.openai_pickle());
  zip.files.push_back({.name = "model/.data/serialization_id", .content = "1", .method = 8});
  zip.files.push_back({.name = "model/byteorder", .content = "little"});
  const std::string bytes = zip.make();
  expect_model(parse(bytes), model);
}

// A weight saved as the transpose of another layout, and two that share one storage.
TEST(OpenAiReader, HonoursStridesAndOffsets) {
  const SmallModel model = small_model();
  TorchFile file = torch_file(model);
  TorchTensor& turned = file.tensor("encoder.blocks.0.mlp.0.weight");
  const std::string rows = file.storages.at(turned.key);
  const std::size_t height = 32, width = 8;
  std::string columns(rows.size(), '\0');
  for (std::size_t i = 0; i < height * width; ++i) {
    const std::size_t target = (i % width) * height + i / width;
    columns[2 * target] = rows[2 * i];
    columns[2 * target + 1] = rows[2 * i + 1];
  }
  file.storages[turned.key] = "xy" + columns;
  turned.count += 1;
  turned.offset = 1;
  turned.strides = {1, 32};
  TorchTensor& first = file.tensor("decoder.ln.weight");
  TorchTensor& second = file.tensor("decoder.ln.bias");
  file.storages[first.key] += file.storages[second.key];
  file.storages.erase(second.key);
  first.count = second.count = 16;
  second.key = first.key;
  second.offset = 8;
  const std::string bytes = file.openai();
  expect_model(parse(bytes), model);
}

// PyTorch 2.x spells the types that have no storage class of their own this way.
TEST(OpenAiReader, ReadsUntypedStorages) {
  using namespace pickled;
  const SmallModel model = small_model();
  const TorchFile file = torch_file(model);
  std::vector<std::string> dims, state;
  for (const auto& [name, value] : file.dims) {
    dims.push_back(text(name));
    dims.push_back(integer(value));
  }
  for (const TorchTensor& tensor : file.tensors) {
    const std::string id = tuple({text("storage"), global("torch.storage", "UntypedStorage"),
                                  text(tensor.key), text("cpu"), integer(2 * tensor.count)});
    state.push_back(text(tensor.name));
    state.push_back(
        call(global("torch._utils", "_rebuild_tensor_v3"),
             {concat(id, "Q"), integer(0), integers(tensor.shape), integers(tensor.strides),
              boolean(false), ordered_dict({}), global("torch", "float16"), none()}));
  }
  const std::string bytes =
      file.zip(pickle(dict({text("dims"), dict(dims), text("model_state_dict"), dict(state),
                            text("epoch"), integer(3)})))
          .make();
  expect_model(parse(bytes), model);
}

}  // namespace
}  // namespace sotto::test
