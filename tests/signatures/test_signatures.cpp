#include <filesystem>
#include <gtest/gtest.h>
#include <map>
#include <string>

#include "archive/pickle_bytes.h"
#include "checkpoint/checkpoint_bytes.h"
#include "core/signatures/signatures.h"
#include "mel/wav_file.h"
#include "signatures/foreign_files.h"
#include "support/files.h"
#include "support/temp_folder.h"
#include "tflite/raw_tflite.h"
#include "torchscript/attacks.h"

namespace sotto::test {
namespace {

using namespace std::string_literals;

Recognised recognised(const std::string& bytes, const std::string& name = "model") {
  return recognise({bytes_of(bytes), bytes.size(), name});
}

TEST(Signatures, KnowWhatOtherProgramsWrite) {
  for (const ForeignFile& file : foreign_files()) {
    EXPECT_EQ(recognised(file.bytes, file.name).what, file.what) << file.name;
  }
}

TEST(Signatures, KnowSottosOwnFormats) {
  const SmallModel model = small_model();
  const TorchFile torch = torch_file(model);
  const std::map<std::string, FileKind> files{
      {torch.openai(), FileKind::torch_archive},
      {torch.zip(torch.state_pickle()).make(), FileKind::torch_archive},
      {torchscript_of(small_part()), FileKind::torchscript},
      {torch.openai_pickle(), FileKind::pickle},
      {safetensors(hugging_face_tensors(model)), FileKind::safetensors},
      {ctranslate2_file(model).make(), FileKind::ctranslate2},
      {"\x93NUMPY\1\0v\0{'descr': '<f4', }\n"s, FileKind::npy},
      {small_tflite().bytes(), FileKind::tflite},
      {" {\"model_type\": \"whisper\"}", FileKind::json},
      {"IQ== 0\nIg== 1\n", FileKind::rank_file},
      {wav_bytes(std::vector<std::int16_t>(100), 16000, 1), FileKind::sound},
      {"Not a model, but a letter.\n", FileKind::text},
      {"", FileKind::empty},
  };
  for (const auto& [bytes, kind] : files) {
    EXPECT_EQ(recognised(bytes).kind, kind) << bytes.substr(0, 16);
  }
}

/// Whoever reads what has no mark says what is wrong with it.
TEST(Signatures, LeaveUnknownWhatTheyDoNotKnow) {
  const std::string archive = torch_file(small_model()).openai();
  for (const std::string& bytes :
       {std::string(5000, '\x5a') + '\1', "\1"s, "PK\x03\x04"s, archive.substr(0, 200),
        "\x08\x07\x12"s, "\x81\xa5mod"s, std::string(300, '\0'), "\x80\x09"s}) {
    EXPECT_EQ(recognised(bytes).kind, FileKind::unknown) << bytes.substr(0, 16);
    EXPECT_EQ(recognised(bytes).what, "");
  }
}

/// Of a recording only the beginning is at hand.
TEST(Signatures, NeedNotSeeAllOfAFile) {
  for (const ForeignFile& file : foreign_files()) {
    const std::uint64_t size = file.bytes.size() + 1'000'000;
    if (file.bytes.empty()) continue;
    const Recognised found = recognise({bytes_of(file.bytes), size, file.name});
    const bool is_zip = file.bytes.starts_with("PK");
    EXPECT_EQ(found.what, is_zip ? "a zip archive" : file.what) << file.name;
  }
}

TEST(Signatures, KnowPyTorchsOldestFormatFromAnyTar) {
  std::string tar = "sys_info" + std::string(504, '\0');
  tar.replace(257, 5, "ustar");
  EXPECT_EQ(recognised(tar).kind, FileKind::pickle);
  EXPECT_EQ(recognised(tar.replace(0, 8, "a.txt\0\0\0"s)).kind, FileKind::packed);
}

TEST(Signatures, FollowTheNameOnlyWhereTheBytesSayNothing) {
  EXPECT_EQ(recognised(torch_file(small_model()).openai(), "model.dla").kind,
            FileKind::torch_archive);
  EXPECT_EQ(recognised(std::string(50, '\x9c'), "model.onnx").kind, FileKind::unknown);
}

struct Layout {
  std::vector<std::string> names;
  FileKind kind;
  std::string what;
};

TEST(FolderSignatures, KnowThemByTheirNames) {
  const std::vector<Layout> layouts{
      {{"saved_model.pb", "variables"}, FileKind::foreign_model, "a SavedModel of TensorFlow"},
      {{"coremldata.bin", "model.mil", "weights"},
       FileKind::foreign_model,
       "a compiled CoreML model (.mlmodelc)"},
      {{"Manifest.json", "Data"}, FileKind::foreign_model, "a CoreML package (.mlpackage)"},
      {{"AudioEncoder.mlmodelc", "config.json"},
       FileKind::foreign_model,
       "a folder of compiled CoreML models"},
      {{"config.json", "weights.npz"}, FileKind::foreign_model, "a folder of MLX"},
      {{"config.json", "flax_model.msgpack"},
       FileKind::foreign_model,
       "a folder of Flax's weights alone"},
      {{"config.json", "tf_model.h5"},
       FileKind::foreign_model,
       "a folder of TensorFlow's weights alone"},
      {{"encoder_model.onnx", "decoder_model.onnx"},
       FileKind::foreign_model,
       "a folder of ONNX models"},
      {{"openvino_encoder_model.xml", "openvino_encoder_model.bin"},
       FileKind::foreign_model,
       "an OpenVINO model"},
      // Of several frameworks' weights Sotto reads PyTorch's.
      {{"config.json", "flax_model.msgpack", "tf_model.h5", "model.safetensors"},
       FileKind::safetensors,
       "a Hugging Face checkpoint"},
      {{"config.json", "pytorch_model.bin", "model.onnx"},
       FileKind::torch_archive,
       "a Hugging Face checkpoint"},
      {{"config.json", "model.bin"}, FileKind::ctranslate2, "a CTranslate2 model"},
      {{"notes.txt"}, FileKind::unknown, ""},
      {{}, FileKind::unknown, ""},
  };
  for (const Layout& layout : layouts) {
    const TempFolder folder;
    for (const std::string& name : layout.names) write_file(folder / name, "x");
    const Recognised found = recognise_folder(folder.path());
    EXPECT_EQ(found.what, layout.what);
    EXPECT_EQ(found.kind, layout.kind) << layout.what;
  }
}

}  // namespace
}  // namespace sotto::test
