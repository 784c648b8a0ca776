// make_seeds FOLDER: writes the seed corpora of the fuzz targets, FOLDER/<target>/<seed>.

#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>

#include "archive/pickle_bytes.h"
#include "checkpoint/adapter_bytes.h"
#include "checkpoint/checkpoint_bytes.h"
#include "core/base/error.h"
#include "core/bundle/graph_table.h"
#include "core/bundle/manifest.h"
#include "fuzz/adapter_input.h"
#include "fuzz/hugging_face_input.h"
#include "fuzz/tokenizer_input.h"
#include "mel/wav_builder.h"
#include "signatures/foreign_files.h"
#include "tflite/own_file.h"
#include "tflite/raw_tflite.h"
#include "torchscript/attacks.h"
#include "vad/silero_file.h"

namespace sotto::test {
namespace {

class Seeds {
 public:
  explicit Seeds(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void write(const std::string& target, const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories(folder_ / target);
    std::ofstream file(folder_ / target / name, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!file.flush()) fail(ErrorKind::io, name, ": cannot be written");
  }

 private:
  std::filesystem::path folder_;
};

void write_checkpoints(const Seeds& seeds, DType dtype) {
  const std::string name(to_string(dtype));
  const SmallModel model = small_model(dtype);
  const TorchFile openai = torch_file(model);
  ZipBytes zip64 = openai.zip(openai.openai_pickle());
  zip64.zip64 = true;
  seeds.write("openai", name, openai.openai());
  seeds.write("openai", name + "_zip64", zip64.make());
  seeds.write("pickle", name, openai.openai_pickle());
  seeds.write("safetensors", name, safetensors(hugging_face_tensors(model)));
  seeds.write("ctranslate2", name, ctranslate2_file(model).make());
  for (const std::string half : {"encoder", "decoder"}) {
    const TorchFile module = module_file(model, half + ".");
    seeds.write("torchscript_weights", concat(half, "_", name),
                module.zip(module.module_pickle()).make());
  }
}

// Without dims, and of the tensors only those that tell them, so that they are soon read; whole, as
// wrappers name theirs, under dims.
void write_bare_state_dicts(const Seeds& seeds) {
  const SmallModel wide = model_of_one_head();
  TorchFile file = torch_file(wide);
  std::erase_if(file.tensors, [](const TorchTensor& tensor) {
    return tensor.name != "encoder.conv1.weight" &&
           tensor.name.find("embedding") == std::string::npos;
  });
  std::map<std::string, std::string> storages;
  for (const TorchTensor& tensor : file.tensors) storages[tensor.key] = file.storages[tensor.key];
  file.storages = storages;
  seeds.write("openai", "bare", file.zip(file.state_pickle()).make());
  const SmallModel model = small_model();
  for (TorchFile named : {torch_file(model), under_hugging_face_names(torch_file(model), model)}) {
    const std::string scheme = named.tensors[0].name.starts_with("model.") ? "hugging" : "openai";
    for (TorchTensor& tensor : named.tensors) tensor.name.insert(0, "module._orig_mod.");
    seeds.write("openai", "wrapped_" + scheme, named.openai());
  }
}

// What trainers make of a checkpoint: a seed for each thing in which it differs from OpenAI's.
void write_trainer_files(const Seeds& seeds) {
  const SmallModel model = small_model();
  const TorchFile file = torch_file(model);
  seeds.write("openai", "legacy", file.legacy(file.openai_pickle()));
  for (const int protocol : {4, 5}) {
    const std::string pickle = pickled::in_protocol(protocol, file.openai_pickle());
    seeds.write("pickle", concat("protocol_", protocol), pickle);
    seeds.write("openai", concat("protocol_", protocol), file.zip(pickle).make());
    seeds.write("openai", concat("legacy_protocol_", protocol), file.legacy(pickle));
  }
  seeds.write("pickle", "numpy_dims", with_numpy_dims(file));
  write_bare_state_dicts(seeds);
  TorchFile doubles = file;
  TorchTensor& tensor = doubles.tensor("encoder.conv1.bias");
  tensor.storage = "DoubleStorage";
  doubles.storages[tensor.key] = std::string(64, '\x3f');
  seeds.write("openai", "float64", doubles.openai());
  std::string tensors = safetensors({{"a", {DType::float32, {8}, std::string(64, '\x3f')}}});
  tensors.replace(tensors.find("F32"), 3, "F64");
  seeds.write("safetensors", "float64", tensors);
}

// Weights as safetensors and as a file of PyTorch's, both behind an index.
void write_hugging_face(const Seeds& seeds) {
  const SmallModel model = small_model();
  const SafeTensors tensors = hugging_face_tensors(model);
  const TorchFile torch = under_hugging_face_names(torch_file(model), model);
  const auto folder = [&](const std::string& weights, const std::string& bytes) {
    std::string map = concat("\"proj_out.weight\":\"", weights, "\"");
    for (const auto& tensor : torch.tensors) {
      map += concat(",\"", tensor.name, "\":\"", weights, "\"");
    }
    return concat(hugging_face_config(model.dims), kNextFile, "{\"weight_map\":{", map, "}}",
                  kNextFile, "{\"alignment_heads\":[[0,0]],\"penalty\":NaN}", kNextFile, bytes);
  };
  seeds.write("hugging_face", "safetensors", folder("weights.safetensors", safetensors(tensors)));
  seeds.write("hugging_face", "torch",
              folder("weights.bin", torch.zip(torch.state_pickle()).make()));
  seeds.write("hugging_face", "torch_legacy",
              folder("weights.bin", torch.legacy(torch.state_pickle())));
}

// By names and by patterns; of matrices, a convolution, the tables, and whole tensors.
void write_adapters(const Seeds& seeds) {
  const auto seed = [&](const std::string& name, const AdapterParts& adapter) {
    seeds.write("adapter", name,
                concat(adapter.config_text(), kNextAdapterFile, adapter.weights()));
  };
  AdapterParts adapter = small_adapter();
  seed("plain", adapter);
  adapter.config["target_modules"] = R"(".*\\.(q|v)_proj")";
  adapter.config["rank_pattern"] = R"({"^model.encoder.*": 2, "v_proj": 2})";
  adapter.config["alpha_pattern"] = R"({"layers.[0-9]+.self_attn.q_proj": 0.5})";
  adapter.config["use_rslora"] = "true";
  adapter.add(kPeft + "model.decoder.layer_norm.bias", {8});
  seed("patterns", adapter);
  adapter.tensors.clear();
  adapter.config["target_modules"] = R"(["conv1", "embed_tokens", "proj_out", "fc1"])";
  adapter.config["layers_to_transform"] = "[0]";
  adapter.config["exclude_modules"] = R"(["decoder.layers.0.fc1"])";
  adapter.add_pair("model.encoder.conv1", {8, 5, 3}, 2);
  adapter.add_pair("proj_out", {13, 8}, 2);
  adapter.add_pair("model.encoder.layers.0.fc1", {32, 8}, 2);
  adapter.add_embedding_pair("model.decoder.embed_tokens", {13, 8}, 2);
  seed("tables", adapter);
}

void write_json(const Seeds& seeds) {
  seeds.write("json", "all",
              R"({"a":[1,-2,1.5e3,true,false,null,"\u00e9\ud83d\ude00"],"b":{"":{}}})");
  seeds.write("json", "not_finite", R"({"a":NaN,"b":[Infinity,-Infinity,0.0],"NaN":"Infinity"})");
  seeds.write("baseline", "all",
              R"({"text":" And so","segments":[{"tokens":[50364,400,370,50414]},{"tokens":[]}]})");
  seeds.write("job_record", "all",
              R"({"version":1,"job":{"model":{"bytes":8}},"formats":["txt","vtt","json"]})");
}

// A twentieth of a second of two tones, left and right.
void write_audio(const Seeds& seeds) {
  constexpr std::uint32_t kRate = 8000;
  std::string samples;
  for (std::uint32_t i = 0; i < kRate / 20; ++i) {
    samples += little_endian(i * 900 & 0x7fff, 2) + little_endian(i * 400 & 0x7fff, 2);
  }
  const std::string format = little_endian(1, 2) + little_endian(2, 2) + little_endian(kRate, 4) +
                             little_endian(4 * kRate, 4) + little_endian(4, 2) +
                             little_endian(16, 2);
  seeds.write(
      "audio", "wav",
      concat("RIFF", little_endian(36 + samples.size(), 4), "WAVEfmt ", little_endian(16, 4),
             format, "data", little_endian(samples.size(), 4), samples));
}

void write_wavs(const Seeds& seeds) {
  constexpr std::array<std::array<int, 3>, 8> kCodes{{{1, 8, 1},
                                                      {1, 16, 2},
                                                      {1, 24, 3},
                                                      {1, 32, 4},
                                                      {3, 32, 4},
                                                      {3, 64, 8},
                                                      {6, 8, 1},
                                                      {7, 8, 1}}};
  constexpr std::array kForms{"RIFF", "RIFX", "RF64", "BW64"};
  constexpr std::array kRates{16000, 8000, 44100, 15999};
  for (std::size_t i = 0; i < kCodes.size(); ++i) {
    WavSpec spec;
    spec.tag = static_cast<std::uint16_t>(kCodes[i][0]);
    spec.bits = kCodes[i][1];
    spec.bytes = kCodes[i][2];
    spec.form = kForms[i % kForms.size()];
    spec.rate = kRates[(i / 2) % kRates.size()];
    spec.channels = i % 3 == 2 ? 6 : 1 + static_cast<int>(i % 2);
    spec.frames = 150;
    seeds.write("wav", concat("code_", i), wav_of(spec));
    spec.format_bytes = 40;
    spec.valid_bits = spec.bits;
    spec.before = chunk("fact", std::string(4, '\1')) + chunk("LIST", "INFOabc");
    seeds.write("wav", concat("extensible_", i), wav_of(spec));
    spec.data_size = i % 2 == 0 ? 0 : 0xFFFFFFFF;
    seeds.write("wav", concat("endless_", i), wav_of(spec));
  }
}

// Of two tensors: no model, but soon read, and so what most executions are made of.
void write_small_archives(const Seeds& seeds, DType dtype) {
  const std::string name = concat("small_", to_string(dtype));
  TorchFile file = torch_file(small_model(dtype));
  file.tensors.resize(2);
  std::map<std::string, std::string> storages;
  for (const TorchTensor& tensor : file.tensors) storages[tensor.key] = file.storages[tensor.key];
  file.storages = storages;
  seeds.write("pickle", name, file.openai_pickle());
  seeds.write("pickle", name + "_module", file.module_pickle());
  seeds.write("openai", name, file.openai());
  seeds.write("torchscript_weights", name, file.zip(file.module_pickle()).make());
}

void write_pickles(const Seeds& seeds) {
  TorchFile file = torch_file(small_model());
  seeds.write("pickle", "module", file.module_pickle());
  for (TorchTensor& tensor : file.tensors) tensor.is_parameter = true;
  seeds.write("pickle", "parameters", file.state_pickle());
}

void write_npy(const Seeds& seeds) {
  for (const std::string descr : {"<f4", "<f2", "<i4", "<i8"}) {
    const std::string header =
        concat("{'descr': '", descr, "', 'fortran_order': False, 'shape': (2, 3), }      \n");
    const std::size_t width = static_cast<std::size_t>(descr[2] - '0');
    for (const char version : {'\1', '\2'}) {
      seeds.write(
          "npy", concat(descr.substr(1), "_", int{version}),
          concat("\x93NUMPY", version, '\0', little_endian(header.size(), version == 1 ? 2 : 4),
                 header, std::string(6 * width, 'x')));
    }
  }
}

void write_manifest(const Seeds& seeds) {
  Manifest manifest;
  manifest.model_name = "base";
  manifest.source = {"base.pt", "openai", std::string(64, 'a')};
  for (const DimField& field : dim_fields()) manifest.dims.emplace_back(field.name, 8);
  manifest.frames = 16;
  manifest.alignment_heads = {{3, 1}, {4, 2}};
  FileRecord encoder;
  encoder.role = graph_role(GraphKind::encoder, Form::torchscript);
  encoder.name = "encoder_base_16.pt";
  encoder.bytes = 1000;
  encoder.sha256 = std::string(64, 'b');
  encoder.signature = {{{"mel", {1, 80, 16}}}, {{"encoder_output", {1, 8, 8}, 1}}};
  manifest.files = {encoder};
  seeds.write("manifest", "bundle", manifest_text(manifest));
}

void write_silero(const Seeds& seeds) {
  const TorchFile file = silero_file(0.5F);
  seeds.write("silero", "module", file.zip(nested_pickle(file)).make());
}

void write_torchscript(const Seeds& seeds) {
  seeds.write("torchscript", "own", torchscript_of(small_part()));
  for (const Attack& attack : other_attacks()) {
    seeds.write("torchscript", attack.name, attack.bytes);
  }
}

void write_tflite(const Seeds& seeds) {
  RawTflite file = small_tflite();
  seeds.write("tflite", "small", file.bytes());
  file.tensors[0].shape_signature = {1, -1, 4};
  file.tensors[3].type = tflite::TensorType::int8;
  file.tensors[3].scales = {0.5F};
  file.add_operator(32, {3}, {file.add_tensor({"y", {1, 5, 3}})}, "MTKEXT_GELU");
  seeds.write("tflite", "quantized", file.bytes());
  file.buffers[2] = {"", 4, 12};
  seeds.write("tflite", "behind", file.bytes());
  seeds.write("tflite", "composite",
              composite_tflite("odml.group_norm", attribute("num_groups", 1)).bytes());
}

void write_own_tflite(const Seeds& seeds) {
  for (const WeightType weights : {WeightType::float32, WeightType::float16}) {
    const std::string name = weights == WeightType::float32 ? "float32" : "float16";
    const std::string bytes = own_file(graph_of_everything(), weights);
    for (const char* target : {"tflite_rules", "exposed_tensors", "litert"}) {
      seeds.write(target, name, bytes);
      seeds.write(target, name + "_twice", own_file_of_two(weights));
    }
  }
  seeds.write("exposed_tensors", "small", small_tflite().bytes());
}

// The 256 bytes in base64 and, as rank 256, two of them.
void write_vocabulary(const Seeds& seeds) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string file;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    file += concat(kDigits[byte >> 2], kDigits[(byte & 3) << 4], "== ", byte, "\n");
  }
  seeds.write("vocabulary", "bytes", file);
  seeds.write("vocabulary", "pair", file + "dGg= 256\n");
}

void write_tokenizers(const Seeds& seeds) {
  std::size_t number = 0;
  for (const std::string& input : tokenizer_seeds()) {
    seeds.write("tokenizer", std::to_string(number++), input);
  }
}

void write_signatures(const Seeds& seeds) {
  for (const ForeignFile& file : foreign_files()) seeds.write("signatures", file.name, file.bytes);
  seeds.write("signatures", "openai", torch_file(small_model()).openai());
  seeds.write("signatures", "tflite", small_tflite().bytes());
  seeds.write("signatures", "safetensors", safetensors(hugging_face_tensors(small_model())));
}

}  // namespace
}  // namespace sotto::test

int main(int count, char** arguments) {
  using namespace sotto::test;
  if (count != 2) {
    std::cerr << "usage: make_seeds FOLDER\n";
    return 2;
  }
  const Seeds seeds(arguments[1]);
  for (const sotto::DType dtype :
       {sotto::DType::float16, sotto::DType::float32, sotto::DType::bfloat16}) {
    write_checkpoints(seeds, dtype);
    write_small_archives(seeds, dtype);
  }
  write_trainer_files(seeds);
  write_hugging_face(seeds);
  write_adapters(seeds);
  write_json(seeds);
  write_audio(seeds);
  write_wavs(seeds);
  write_pickles(seeds);
  write_npy(seeds);
  write_manifest(seeds);
  write_silero(seeds);
  write_torchscript(seeds);
  write_tflite(seeds);
  write_own_tflite(seeds);
  write_vocabulary(seeds);
  write_tokenizers(seeds);
  write_signatures(seeds);
  return 0;
}
