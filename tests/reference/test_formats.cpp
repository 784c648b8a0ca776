// The same weights in every format and dtype must become the same numbers and the same artifacts.
#include <algorithm>
#include <ostream>

#include "core/bundle/bundle.h"
#include "core/bundle/graph_table.h"
#include "model/checkpoint/checkpoint.h"
#include "model/schema/weights.h"
#include "reference/exported.h"
#include "reference/oracle_data.h"

namespace sotto::test {
namespace {

const std::string kArtifacts[] = {graph_role(GraphKind::encoder, Form::torchscript),
                                  graph_role(GraphKind::decoder, Form::torchscript),
                                  std::string(role::token_embedding),
                                  std::string(role::embedding_info), std::string(role::metadata)};

class BaseFormats : public ModelTest {
 protected:
  void SetUp() override {
    ModelTest::SetUp();
    if (IsSkipped()) return;
    if (!std::filesystem::exists(oracle("formats/openai"))) GTEST_SKIP() << "no checkpoint of base";
  }

  // Every form of base that is at hand besides OpenAI's.
  std::vector<std::filesystem::path> other_forms() const {
    std::vector<std::filesystem::path> forms;
    for (const char* name : {"ctranslate2", "hugging_face", "hugging_face_sharded"}) {
      forms.push_back(oracle("formats") / name);
    }
    forms.push_back(oracle("formats/ctranslate2/model.bin"));
    const std::string given = environment("SOTTO_BASE_CHECKPOINT");
    if (!given.empty()) forms.emplace_back(given);
    return forms;
  }
};

TEST_F(BaseFormats, ArtifactsAreTheSameToTheByte) {
  const Exported first(oracle("formats/openai/base.pt"));
  const Bundle expected = Bundle::open(first.bundle());
  for (const std::filesystem::path& form : other_forms()) {
    const Exported exported(form);
    const Bundle found = Bundle::open(exported.bundle());
    for (const std::string& role : kArtifacts) {
      EXPECT_EQ(found.record(role).name, expected.record(role).name) << form;
      EXPECT_TRUE(same_bytes(found.file(role), expected.file(role))) << form << ", " << role;
    }
  }
}

struct Variant {
  std::string file;
  std::string values;  // the dtype that the expected values were rounded to
};

// The test's name in the runner's list.
void PrintTo(const Variant& variant, std::ostream* out) { *out << variant.file; }

class DemoVariants : public OracleTest, public ::testing::WithParamInterface<Variant> {};

TEST_P(DemoVariants, HoldTheExpectedValues) {
  const auto folder = oracle("formats/demo");
  const Checkpoint checkpoint = read_checkpoint(folder / GetParam().file);
  EXPECT_EQ(checkpoint.dims, read_checkpoint(std::filesystem::path("assets/demo/demo.pt")).dims);
  const Tensor expected = read_tensor(folder / ("values_" + GetParam().values + ".npy"));
  const auto names = read_json(folder / "names.json");
  ASSERT_EQ(checkpoint.tensors.size(), names.size());
  std::size_t place = 0;
  for (const auto& [name, shape] : names.get<std::vector<std::pair<std::string, Shape>>>()) {
    const TensorView& tensor = checkpoint.tensors.at(name);
    ASSERT_EQ(tensor.shape, shape) << name;
    const std::vector<float> found = to_float32(tensor);
    const auto wanted = expected.floats().subspan(place, found.size());
    EXPECT_TRUE(std::equal(found.begin(), found.end(), wanted.begin())) << name;
    place += found.size();
  }
  EXPECT_EQ(place, expected.floats().size());
}

INSTANTIATE_TEST_SUITE_P(Files, DemoVariants,
                         ::testing::Values(Variant{"openai_float32.pt", "float32"},
                                           Variant{"openai_bfloat16.pt", "bfloat16"},
                                           Variant{"openai_views.pt", "float16"},
                                           Variant{"hugging_face_float32", "float32"},
                                           Variant{"hugging_face_bfloat16", "bfloat16"}),
                         [](const auto& info) {
                           return std::filesystem::path(info.param.file).stem().string();
                         });

}  // namespace
}  // namespace sotto::test
