#include "checkpoint/adapter_bytes.h"

#include <bit>
#include <stdexcept>

#include "core/base/error.h"

namespace sotto::test {

std::string AdapterParts::config_text() const {
  std::string text;
  for (const auto& [key, value] : config) {
    text += concat(text.empty() ? "" : ", ", "\"", key, "\": ", value);
  }
  return concat("{", text, "}");
}

StoredTensor& AdapterParts::tensor(const std::string& name) {
  for (auto& [candidate, tensor] : tensors) {
    if (candidate == name) return tensor;
  }
  throw std::out_of_range(name);
}

void AdapterParts::add(const std::string& name, Shape shape) {
  std::uint32_t state = 12345;
  for (const char letter : name) state = state * 31 + static_cast<unsigned char>(letter);
  std::string bytes;
  for (std::int64_t i = 0; i < num_elements(shape); ++i) {
    state = state * 1664525U + 1013904223U;
    const float value = static_cast<float>(state >> 24) / 128.0F - 1.0F;
    bytes += little_endian(
        std::bit_cast<std::uint32_t>(static_cast<float>(static_cast<int>(value * 8)) / 8), 4);
  }
  tensors.emplace_back(name, StoredTensor{DType::float32, std::move(shape), bytes});
}

void AdapterParts::add_pair(const std::string& module, const Shape& weight, std::int64_t rank) {
  Shape a = weight, b{weight[0], rank};
  a[0] = rank;
  if (weight.size() == 3) b.push_back(1);
  add(concat(kPeft, module, ".lora_A.weight"), a);
  add(concat(kPeft, module, ".lora_B.weight"), b);
}

void AdapterParts::add_embedding_pair(const std::string& module, const Shape& table,
                                      std::int64_t rank) {
  add(concat(kPeft, module, ".lora_embedding_A"), {rank, table[0]});
  add(concat(kPeft, module, ".lora_embedding_B"), {table[1], rank});
}

std::vector<std::string> small_targets() {
  std::vector<std::string> modules;
  for (const char* attention : {"encoder.layers.0.self_attn", "encoder.layers.1.self_attn",
                                "decoder.layers.0.self_attn", "decoder.layers.0.encoder_attn"}) {
    for (const char* linear : {"q_proj", "v_proj"}) {
      modules.push_back(concat("model.", attention, ".", linear));
    }
  }
  return modules;
}

AdapterParts small_adapter() {
  AdapterParts adapter;
  adapter.config = {{"peft_type", "\"LORA\""},
                    {"base_model_name_or_path", "\"openai/whisper-test\""},
                    {"r", "2"},
                    {"lora_alpha", "3"},
                    {"target_modules", R"(["q_proj", "v_proj"])"},
                    {"bias", "\"none\""},
                    {"use_dora", "false"},
                    {"rank_pattern", "{}"},
                    {"modules_to_save", "null"}};
  for (const std::string& module : small_targets()) adapter.add_pair(module, {8, 8}, 2);
  return adapter;
}

}  // namespace sotto::test
