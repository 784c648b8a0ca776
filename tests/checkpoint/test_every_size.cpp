#include <array>
#include <filesystem>
#include <set>

#include "gtest/gtest.h"

#include "checkpoint/checkpoint_bytes.h"
#include "checkpoint/expect_model.h"
#include "core/base/error.h"
#include "model/checkpoint/weight_names.h"
#include "model/schema/weights.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

struct PublishedSize {
  const char* name;
  std::int64_t parameters;  ///< of OpenAI's own model, its fixed positions included
};
constexpr std::array<PublishedSize, 13> kSizes{{{"tiny", 37'760'640},
                                                {"tiny.en", 37'760'256},
                                                {"base", 72'593'920},
                                                {"base.en", 72'593'408},
                                                {"small", 241'734'912},
                                                {"small.en", 241'734'144},
                                                {"medium", 763'857'920},
                                                {"medium.en", 763'856'896},
                                                {"large-v1", 1'543'304'960},
                                                {"large-v2", 1'543'304'960},
                                                {"large-v3", 1'543'490'560},
                                                {"large-v3-turbo", 808'878'080},
                                                {"turbo", 808'878'080}}};

WhisperDims dims_of(std::string_view name) {
  for (const WhisperSize& size : whisper_sizes()) {
    if (size.name == name) return size.dims;
  }
  ADD_FAILURE() << name;
  return {};
}

// A safetensors file of the model's shapes whose data is a hole in the file.
void write_hollow_safetensors(const std::filesystem::path& path, const WhisperDims& dims) {
  std::string header = "{";
  std::int64_t end = 0;
  for (const WeightSpec& spec : weight_table(dims)) {
    const std::int64_t begin = end;
    end += 2 * num_elements(spec.shape);
    header += concat(header.size() == 1 ? "" : ",", "\"", hugging_face_name(spec.name),
                     "\":{\"dtype\":\"F16\",\"shape\":", to_string(spec.shape),
                     ",\"data_offsets\":[", begin, ",", end, "]}");
  }
  header += "}";
  write_file(path, little_endian(header.size(), 8) + header);
  std::filesystem::resize_file(path, 8 + header.size() + static_cast<std::uintmax_t>(end));
}

TEST(EverySize, HasItsTensorsAndParameters) {
  for (const PublishedSize& size : kSizes) {
    const WhisperDims dims = dims_of(size.name);
    const auto table = weight_table(dims);
    EXPECT_EQ(static_cast<std::int64_t>(table.size()),
              11 + 15 * dims.n_audio_layer + 24 * dims.n_text_layer)
        << size.name;
    EXPECT_EQ(parameter_count(dims), size.parameters) << size.name;
    std::set<std::string> theirs;
    for (const WeightSpec& spec : table) theirs.insert(hugging_face_name(spec.name));
    EXPECT_EQ(theirs.size(), table.size()) << size.name;
  }
}

TEST(EverySize, IsReadFromAFolderWithoutTouchingItsWeights) {
  for (const PublishedSize& size : kSizes) {
    const TempFolder folder;
    const WhisperDims dims = dims_of(size.name);
    write_file(folder / "config.json", hugging_face_config(dims));
    write_hollow_safetensors(folder / "model.safetensors", dims);
    const Checkpoint checkpoint = read_checkpoint(folder.path());
    EXPECT_EQ(checkpoint.dims, dims) << size.name;
    EXPECT_EQ(checkpoint.tensors.size(), weight_table(dims).size()) << size.name;
  }
}

}  // namespace
}  // namespace sotto::test
