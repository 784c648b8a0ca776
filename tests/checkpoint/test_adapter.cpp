// An adapter is merged as PEFT's formulas have it. The expected numbers are computed here by the
// definition of a product, in double precision.
#include <bit>
#include <cmath>
#include <functional>
#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "checkpoint/adapter_bytes.h"
#include "checkpoint/checkpoint_bytes.h"
#include "checkpoint/expect_model.h"
#include "model/checkpoint/adapter.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

using ::testing::HasSubstr;

std::vector<float> floats_of(const StoredTensor& tensor) {
  return to_float32(dense_view(tensor.dtype, tensor.shape,
                               reinterpret_cast<const std::byte*>(tensor.bytes.data()), nullptr));
}

/// An element of a convolution's weight, or with one column after the second a matrix's.
struct Place {
  std::size_t row, column, tap;
};

/// factor · Σ B[row, k] · A[k, column, tap].
double product_at(const std::vector<float>& a, const std::vector<float>& b, const Shape& a_shape,
                  const Place& at) {
  const auto rank = static_cast<std::size_t>(a_shape[0]);
  const auto columns = static_cast<std::size_t>(a_shape[1]);
  const auto taps = a_shape.size() == 3 ? static_cast<std::size_t>(a_shape[2]) : 1;
  double sum = 0;
  for (std::size_t k = 0; k < rank; ++k) {
    sum += double{b[at.row * rank + k]} * a[(k * columns + at.column) * taps + at.tap];
  }
  return sum;
}

class AdapterTest : public ::testing::Test {
 protected:
  using Sums = std::map<std::string, std::vector<double>>;  // by OpenAI's names

  /// What the base holds before anything is added.
  std::vector<double>& sum(const std::string& openai) {
    const auto [place, is_new] = sums_.emplace(openai, std::vector<double>());
    if (is_new) {
      const auto values = floats_of(model_.tensors.at(openai));
      place->second.assign(values.begin(), values.end());
    }
    return place->second;
  }

  void expect_product(const std::string& openai, const std::string& module, double factor) {
    const StoredTensor& a = adapter_.tensor(concat(kPeft, module, ".lora_A.weight"));
    const StoredTensor& b = adapter_.tensor(concat(kPeft, module, ".lora_B.weight"));
    const auto a_values = floats_of(a), b_values = floats_of(b);
    std::vector<double>& values = sum(openai);
    const auto columns = static_cast<std::size_t>(a.shape[1]);
    const auto taps = a.shape.size() == 3 ? static_cast<std::size_t>(a.shape[2]) : 1;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Place at{i / (columns * taps), i / taps % columns, i % taps};
      values[i] += factor * product_at(a_values, b_values, a.shape, at);
    }
  }

  /// PEFT has tables' matrices the other way round: (B·A)ᵀ.
  void expect_embedding_product(const std::string& openai, const std::string& module,
                                double factor) {
    const StoredTensor& a = adapter_.tensor(concat(kPeft, module, ".lora_embedding_A"));
    const auto a_values = floats_of(a);
    const auto b_values = floats_of(adapter_.tensor(concat(kPeft, module, ".lora_embedding_B")));
    std::vector<double>& values = sum(openai);
    const std::size_t rows = static_cast<std::size_t>(a.shape[1]);
    const std::size_t columns = values.size() / rows;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Place at{i % columns, i / columns, 0};
      values[i] += factor * product_at(a_values, b_values, a.shape, at);
    }
  }

  void expect_small_products(double factor) {
    for (const std::string& module : small_targets())
      expect_product(openai(module), module, factor);
  }

  /// "model.encoder.layers.1.self_attn.q_proj" is "encoder.blocks.1.attn.query.weight".
  static std::string openai(std::string module) {
    const std::map<std::string, std::string> words{
        {"model.", ""},        {".layers.", ".blocks."},
        {"self_attn", "attn"}, {"encoder_attn", "cross_attn"},
        {"q_proj", "query"},   {"v_proj", "value"}};
    for (const auto& [from, to] : words) {
      const std::size_t place = module.find(from);
      if (place != std::string::npos) module.replace(place, from.size(), to);
    }
    return module + ".weight";
  }

  Checkpoint merge() {
    write_files();
    return read_checkpoint({folder_ / "lora", folder_ / "base.pt"});
  }

  void write_files() {
    std::filesystem::create_directories(folder_ / "lora");
    write_file(folder_ / "base.pt", torch_file(model_).openai());
    write_file(folder_ / "lora" / "adapter_config.json", adapter_.config_text());
    write_file(folder_ / "lora" / "adapter_model.safetensors", adapter_.weights());
  }

  /// Half of the last place of the base's type at a value, and what float32 may lose before.
  [[nodiscard]] double rounding(double value) const {
    const DType dtype = model_.tensors.begin()->second.dtype;
    const int bits = dtype == DType::float16 ? 11 : dtype == DType::bfloat16 ? 8 : 24;
    return std::abs(value) * std::ldexp(1.0, -bits) + std::ldexp(1.0, -20);
  }

  void expect_merged(const Checkpoint& checkpoint) const {
    EXPECT_EQ(checkpoint.dims, model_.dims);
    for (const auto& [name, tensor] : model_.tensors) {
      const TensorView& view = checkpoint.tensors.at(name);
      EXPECT_EQ(view.dtype, tensor.dtype) << name;
      ASSERT_EQ(view.shape, tensor.shape) << name;
      const std::vector<float> found = to_float32(view);
      const auto changed = sums_.find(name);
      if (changed == sums_.end()) {
        EXPECT_EQ(found, floats_of(tensor)) << name;
        continue;
      }
      for (std::size_t i = 0; i < found.size(); ++i) {
        const double expected = changed->second[i];
        ASSERT_NEAR(found[i], expected, rounding(expected)) << name << " " << i;
      }
    }
  }

  std::string refusal(ErrorKind kind, const std::string& file = "adapter_model.safetensors") {
    return expect_error(kind, (folder_ / "lora" / file).string(), [&] { (void)merge(); });
  }

  TempFolder folder_;
  SmallModel model_ = small_model();
  AdapterParts adapter_ = small_adapter();
  Sums sums_;
};

TEST_F(AdapterTest, AddsProductsToEachFloatType) {
  for (const DType dtype : {DType::float16, DType::float32, DType::bfloat16}) {
    model_ = small_model(dtype);
    sums_.clear();
    expect_small_products(1.5);
    const Checkpoint checkpoint = merge();
    expect_merged(checkpoint);
    ASSERT_TRUE(checkpoint.adapter.has_value());
    EXPECT_EQ(checkpoint.adapter->weights, folder_ / "lora" / "adapter_model.safetensors");
    EXPECT_EQ(checkpoint.weights, folder_ / "base.pt");
  }
}

TEST_F(AdapterTest, TakesABaseOfAnyFormat) {
  expect_small_products(1.5);
  write_files();
  std::filesystem::create_directories(folder_ / "hf");
  write_file(folder_ / "hf" / "config.json", hugging_face_config(model_.dims));
  write_file(folder_ / "hf" / "model.safetensors", safetensors(hugging_face_tensors(model_)));
  expect_merged(read_checkpoint({folder_ / "lora", folder_ / "hf"}));
  write_file(folder_ / "model.bin", ctranslate2_file(model_).make());
  expect_merged(read_checkpoint({folder_ / "lora", folder_ / "model.bin"}));
}

TEST_F(AdapterTest, TakesAFileOfPyTorchs) {
  expect_small_products(1.5);
  write_files();
  TorchFile file;
  for (const auto& [name, tensor] : adapter_.tensors) {
    const std::string key = std::to_string(file.tensors.size());
    file.tensors.push_back({name, storage_name(tensor.dtype), key, num_elements(tensor.shape), 0,
                            tensor.shape, row_major_strides(tensor.shape), false});
    file.storages[key] = tensor.bytes;
  }
  std::filesystem::remove(folder_ / "lora" / "adapter_model.safetensors");
  write_file(folder_ / "lora" / "adapter_model.bin", file.zip(file.state_pickle()).make());
  expect_merged(read_checkpoint({folder_ / "lora", folder_ / "base.pt"}));
  expect_merged(read_checkpoint({folder_ / "lora" / "adapter_model.bin", folder_ / "base.pt"}));
}

TEST_F(AdapterTest, DividesByTheRootOfTheRankWhereItIsSo) {
  adapter_.config["use_rslora"] = "true";
  expect_small_products(3 / std::sqrt(2.0));
  expect_merged(merge());
}

TEST_F(AdapterTest, TakesRankAndAlphaOfTheFirstPatternThatMatches) {
  adapter_.tensors.clear();
  adapter_.config["rank_pattern"] =
      R"({"layers.1.self_attn.v_proj": 3, "encoder.layers.*v_proj": 1, "^model.decoder.*q_proj": 4})";
  adapter_.config["alpha_pattern"] = R"({"v_proj": 0.5, "decoder.layers.0.self_attn.v_proj": 9})";
  for (const std::string& module : small_targets()) {
    const bool is_value = module.ends_with("v_proj");
    const bool in_decoder = module.find("decoder") != std::string::npos;
    const bool second = module.find("layers.1") != std::string::npos;
    const std::int64_t rank = is_value ? (in_decoder ? 2 : second ? 3 : 1) : in_decoder ? 4 : 2;
    adapter_.add_pair(module, {8, 8}, rank);
    expect_product(openai(module), module, (is_value ? 0.5 : 3.0) / static_cast<double>(rank));
  }
  expect_merged(merge());
}

TEST_F(AdapterTest, MergesConvolutionsTablesAndTheHead) {
  adapter_.tensors.clear();
  adapter_.config["target_modules"] =
      R"(["conv1", "conv2", "embed_tokens", "encoder.embed_positions", "proj_out"])";
  adapter_.add_pair("model.encoder.conv1", {8, 5, 3}, 2);
  adapter_.add_pair("model.encoder.conv2", {8, 8, 3}, 2);
  adapter_.add_pair("proj_out", {13, 8}, 2);
  adapter_.add_embedding_pair("model.decoder.embed_tokens", {13, 8}, 2);
  adapter_.add_embedding_pair("model.encoder.embed_positions", {7, 8}, 2);
  expect_product("encoder.conv1.weight", "model.encoder.conv1", 1.5);
  expect_product("encoder.conv2.weight", "model.encoder.conv2", 1.5);
  expect_product("decoder.token_embedding.weight", "proj_out", 1.5);
  expect_embedding_product("decoder.token_embedding.weight", "model.decoder.embed_tokens", 1.5);
  expect_embedding_product("encoder.positional_embedding", "model.encoder.embed_positions", 1.5);
  expect_merged(merge());
}

TEST_F(AdapterTest, TakesWholeTensorsInThePlaceOfTheBases) {
  const auto whole = [&](const std::string& name, const std::string& openai) {
    adapter_.add(kPeft + name, model_.tensors.at(openai).shape);
    const auto values = floats_of(adapter_.tensors.back().second);
    sums_[openai].assign(values.begin(), values.end());
  };
  adapter_.config["bias"] = "\"all\"";
  adapter_.config["modules_to_save"] = R"(["layer_norm", "fc1"])";
  whole("model.decoder.layer_norm.weight", "decoder.ln.weight");
  whole("model.decoder.layer_norm.bias", "decoder.ln.bias");
  whole("model.encoder.layers.1.fc1.weight", "encoder.blocks.1.mlp.0.weight");
  whole("model.encoder.layers.0.self_attn.q_proj.base_layer.bias",
        "encoder.blocks.0.attn.query.bias");
  whole("model.decoder.embed_tokens.weight", "decoder.token_embedding.weight");
  // The module under a product, too, is what the file says it is.
  whole("model.encoder.layers.0.self_attn.q_proj.base_layer.weight",
        "encoder.blocks.0.attn.query.weight");
  expect_small_products(1.5);
  expect_merged(merge());
}

TEST_F(AdapterTest, AddsTheSecondMatrixsBias) {
  adapter_.config["lora_bias"] = "true";
  const std::string module = "model.encoder.layers.1.self_attn.v_proj";
  adapter_.add(concat(kPeft, module, ".lora_B.bias"), {8});
  const auto values = floats_of(adapter_.tensors.back().second);
  std::vector<double>& bias = sum("encoder.blocks.1.attn.value.bias");
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] += 1.5 * values[i];
  expect_small_products(1.5);
  expect_merged(merge());
  adapter_.tensors.back().first = kPeft + "model.encoder.layers.1.self_attn.k_proj.lora_B.bias";
  adapter_.add_pair("model.encoder.layers.1.self_attn.k_proj", {8, 8}, 2);
  adapter_.config["target_modules"] =
      R"(["q_proj", "v_proj", "encoder.layers.1.self_attn.k_proj"])";
  EXPECT_THAT(refusal(ErrorKind::mismatch), HasSubstr("k_proj, which has none in the base"));
}

TEST_F(AdapterTest, KnowsNamesByWhateverIsBeforeAndInThem) {
  expect_small_products(1.5);
  const auto renamed = [&](const std::function<std::string(std::string)>& rename) {
    const AdapterParts before = adapter_;
    for (auto& [name, tensor] : adapter_.tensors) name = rename(name.substr(kPeft.size()));
    const Checkpoint merged = merge();
    adapter_ = before;
    return merged;
  };
  const auto changed = [](std::string name, const std::string& from, const std::string& to) {
    const std::size_t place = name.find(from);
    return place == std::string::npos ? name : name.replace(place, from.size(), to);
  };
  expect_merged(renamed([](const std::string& name) { return name; }));
  expect_merged(
      renamed([](const std::string& name) { return "module._orig_mod." + kPeft + name; }));
  expect_merged(renamed([&](const std::string& name) {
    return kPeft + changed(name, ".weight", ".default.weight");
  }));
  expect_merged(
      renamed([&](const std::string& name) { return kPeft + changed(name, "model.", ""); }));
  adapter_.config["target_modules"] = R"(["query", "value"])";
  expect_merged(renamed([&](const std::string& name) {
    const std::size_t end = name.find(".lora_");
    const std::string module = openai(name.substr(0, end));
    return concat(kPeft, module.substr(0, module.rfind('.')), name.substr(end));
  }));
}

TEST_F(AdapterTest, RefusesWhatNoProductIsEqualTo) {
  const std::map<std::string, std::string> others{{"use_dora", "true"},
                                                  {"layer_replication", "[[0, 4], [2, 5]]"},
                                                  {"target_parameters", R"(["experts.weight"])"},
                                                  {"trainable_token_indices", "[1, 2]"},
                                                  {"alora_invocation_tokens", "[5]"},
                                                  {"peft_type", "\"ADALORA\""},
                                                  {"init_lora_weights", "\"pissa_niter_4\""}};
  for (const auto& [field, value] : others) {
    adapter_ = small_adapter();
    adapter_.config[field] = value;
    const std::string sentence = refusal(ErrorKind::unsupported, "adapter_config.json");
    EXPECT_THAT(sentence, HasSubstr(field));
    EXPECT_THAT(sentence, HasSubstr("merge_and_unload"));
  }
}

TEST_F(AdapterTest, RefusesMalformedConfigurations) {
  const std::map<std::string, std::string> wrong{{"r", "0"},
                                                 {"lora_alpha", "\"16\""},
                                                 {"target_modules", "null"},
                                                 {"exclude_modules", "7"},
                                                 {"rank_pattern", R"({"q_proj": 2.5})"},
                                                 {"alpha_pattern", "[1]"},
                                                 {"use_rslora", "1"},
                                                 {"layers_to_transform", "[-1]"},
                                                 {"modules_to_save", "[\"\"]"}};
  for (const auto& [field, value] : wrong) {
    adapter_ = small_adapter();
    adapter_.config[field] = value;
    EXPECT_THAT(refusal(ErrorKind::format, "adapter_config.json"), HasSubstr(field));
  }
  adapter_ = small_adapter();
  adapter_.config["target_modules"] = "\"(q_proj\"";
  EXPECT_THAT(refusal(ErrorKind::format, "adapter_config.json"),
              HasSubstr("a regular expression, found (q_proj"));
  adapter_.config["target_modules"] = R"("(.*.*)*(.*.*)*(.*.*)*x\\1y")";
  EXPECT_THAT(refusal(ErrorKind::unsupported, "adapter_config.json"), HasSubstr("soon compared"));
}

TEST_F(AdapterTest, RefusesTensorsThatDoNotFitTheBase) {
  const std::string name = kPeft + "model.decoder.layers.0.self_attn.q_proj.lora_A.weight";
  adapter_.tensor(name) = {DType::float32, {2, 16}, std::string(128, '\0')};
  const std::string sentence = refusal(ErrorKind::mismatch);
  EXPECT_THAT(sentence, HasSubstr(name));
  EXPECT_THAT(sentence, HasSubstr("[2, 8]"));
  EXPECT_THAT(sentence, HasSubstr("found [2, 16]"));
  EXPECT_THAT(sentence, HasSubstr("trained on openai/whisper-test"));
  adapter_ = small_adapter();
  adapter_.config["r"] = "4";
  EXPECT_THAT(refusal(ErrorKind::mismatch), HasSubstr("the adapter's rank"));
  adapter_ = small_adapter();
  adapter_.add_pair("model.decoder.layers.5.self_attn.q_proj", {8, 8}, 2);
  EXPECT_THAT(refusal(ErrorKind::mismatch), HasSubstr("found also model.decoder.layers.5"));
  adapter_ = small_adapter();
  adapter_.add(kPeft + "model.decoder.embed_tokens.weight", {14, 8});
  EXPECT_THAT(refusal(ErrorKind::mismatch), HasSubstr("found [14, 8]"));
  adapter_ = small_adapter();
  adapter_.add(kPeft + "model.decoder.layers.0.self_attn.k_proj.bias", {8});
  EXPECT_THAT(refusal(ErrorKind::mismatch), HasSubstr("k_proj.bias"));
}

TEST_F(AdapterTest, RefusesWhatItsConfigurationDoesNotSay) {
  adapter_.tensors.pop_back();
  EXPECT_THAT(refusal(ErrorKind::mismatch), HasSubstr("found not both"));
  adapter_.tensors.pop_back();
  EXPECT_THAT(refusal(ErrorKind::mismatch),
              HasSubstr("lora_A and lora_B of model.decoder.layers.0.encoder_attn.v_proj"));
  adapter_ = small_adapter();
  adapter_.add_pair("model.encoder.layers.0.fc1", {32, 8}, 2);
  EXPECT_THAT(refusal(ErrorKind::mismatch),
              HasSubstr("found also one for model.encoder.layers.0.fc1"));
  adapter_ = small_adapter();
  adapter_.add(kPeft + "model.encoder.layers.0.self_attn.q_proj.lora_magnitude_vector", {8});
  EXPECT_THAT(refusal(ErrorKind::unsupported), HasSubstr("lora_magnitude_vector"));
  adapter_ = small_adapter();
  adapter_.add("model.encoder.layers.0.self_attn.q_proj.lora_A.weight", {2, 8});
  EXPECT_THAT(refusal(ErrorKind::format), HasSubstr("a second tensor"));
}

TEST_F(AdapterTest, RefusesAnEmbeddingThatIsNoLongerTheHead) {
  adapter_.config["modules_to_save"] = R"(["proj_out"])";
  adapter_.add(kPeft + "proj_out.weight", {13, 8});
  EXPECT_THAT(refusal(ErrorKind::mismatch), HasSubstr("proj_out to equal the token embedding"));
  const StoredTensor head = adapter_.tensors.back().second;
  adapter_.tensors.emplace_back(kPeft + "model.decoder.embed_tokens.weight", head);
  const auto values = floats_of(head);
  sums_["decoder.token_embedding.weight"].assign(values.begin(), values.end());
  expect_small_products(1.5);
  expect_merged(merge());
  adapter_ = small_adapter();
  adapter_.config["modules_to_save"] = R"(["proj_out"])";
  adapter_.config["target_modules"] = R"(["q_proj", "v_proj", "embed_tokens"])";
  adapter_.add_embedding_pair("model.decoder.embed_tokens", {13, 8}, 2);
  EXPECT_THAT(refusal(ErrorKind::unsupported, "adapter_config.json"), HasSubstr("one matrix"));
}

TEST_F(AdapterTest, RefusesNumbersThatTheBasesTypeDoesNotHold) {
  adapter_.config["lora_alpha"] = "1e6";
  EXPECT_THAT(refusal(ErrorKind::mismatch), HasSubstr("numbers that float16 holds"));
}

TEST_F(AdapterTest, NeedsItsBaseAndABaseItsAdapter) {
  write_files();
  const auto alone = expect_error(ErrorKind::usage, (folder_ / "lora").string(),
                                  [&] { (void)read_checkpoint(folder_ / "lora"); });
  EXPECT_THAT(alone, HasSubstr("found a LoRA adapter"));
  EXPECT_THAT(alone, HasSubstr("with base (openai/whisper-test)"));
  const auto none = expect_error(ErrorKind::usage, (folder_ / "base.pt").string(), [&] {
    (void)read_checkpoint({folder_ / "base.pt", folder_ / "base.pt"});
  });
  EXPECT_THAT(none, HasSubstr("expected an adapter"));
  expect_error(ErrorKind::usage, (folder_ / "lora").string(), [&] {
    (void)read_checkpoint({folder_ / "lora", folder_ / "lora"});
  });
  std::filesystem::remove(folder_ / "lora" / "adapter_model.safetensors");
  expect_error(ErrorKind::not_found, (folder_ / "lora").string(), [&] {
    (void)read_checkpoint({folder_ / "lora", folder_ / "base.pt"});
  });
}

}  // namespace
}  // namespace sotto::test
