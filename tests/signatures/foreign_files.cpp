#include "signatures/foreign_files.h"

#include <iterator>
#include <utility>

#include "archive/zip_bytes.h"
#include "core/base/error.h"
#include "tflite/raw_tflite.h"

namespace sotto::test {
namespace {

using namespace std::string_literals;

const std::string kOriginal = "name the checkpoint that it was converted from";
const std::string kUnpack = "unpack it";
const std::string kFetch = "fetch the file again";
const std::string kName = "name ";

std::string filled(const std::string& start, std::size_t size = 300) {
  return start + std::string(size, '\0');
}

/// As it lies in a file: a tag, the length, the text.
std::string field(int number, const std::string& value) {
  return concat(static_cast<char>(number << 3 | 2), static_cast<char>(value.size()), value);
}

std::string safetensors_of(const std::string& header) {
  return little_endian(header.size(), 8) + header + std::string(16, '\0');
}

/// A member of a tar archive without contents.
std::string tar_file(const std::string& member) {
  std::string header = member + std::string(512 - member.size(), '\0');
  header.replace(257, 6, "ustar\0"s);
  return header + std::string(1024, '\0');
}

std::string zip_of(std::vector<std::string> names) {
  ZipBytes zip;
  for (std::string& name : names) zip.files.push_back({std::move(name), "contents"});
  return zip.make();
}

std::vector<ForeignFile> models() {
  const std::string dims = little_endian(51865, 4) + little_endian(1500, 4);
  return {
      {"ggml-base.bin", filled("lmgg" + dims), "a ggml model of whisper.cpp", kOriginal},
      {"ggjt.bin", filled("tjgg" + dims), "a ggml model of llama.cpp", kOriginal},
      {"model.gguf", filled("GGUF\3\0\0\0"s), "a GGUF file of llama.cpp", kOriginal},
      {"model.onnx", onnx_file("pytorch"), "an ONNX model", kOriginal},
      {"unnamed.onnx", onnx_file(""), "an ONNX model", kOriginal},
      {"onnx.pt", onnx_file("onnx.quantize"), "an ONNX model", kOriginal},
      {"cut.onnx", onnx_file("pytorch").substr(0, 40), "an ONNX model", kOriginal},
      {"model.onnx_data", filled(std::string(40, '\x9c')), "the weights of an ONNX model",
       kOriginal},
      {"model.pte", filled("\x20\0\0\0ET12"s), "a program of ExecuTorch (.pte)", kOriginal},
      {"model.litertlm", filled("LITERTLM\1\0\0\0"s), "a LiteRT-LM model", kOriginal},
      {"encoder.rknn", filled("RKNN\0\0\0\0"s), "a model compiled for Rockchip's NPUs (RKNN)",
       kOriginal},
      {"secret.rknn", filled("CYPTRKNN"), "an encrypted model for Rockchip's NPUs (RKNN)",
       kOriginal},
      {"tf_model.h5", filled("\x89HDF\r\n\x1a\n"s), "an HDF5 file, as Keras keeps weights",
       kOriginal},
      {"model.keras", zip_of({"metadata.json", "config.json", "model.weights.h5"}), "a Keras model",
       kOriginal},
      {"flax_model.msgpack",
       "\x81\xa5model\x82\xa7"
       "decoder\x80\xa7"
       "encoder\x80",
       "a msgpack file, as Flax keeps weights", kOriginal},
      {"flax16.msgpack", "\xde\0\x11\xd9\x05model\xde\0\x20"s,
       "a msgpack file, as Flax keeps weights", kOriginal},
      {"weights.npz", zip_of({"encoder.conv1.weight.npy", "decoder.ln.bias.npy"}),
       "an archive of NumPy arrays (.npz), as MLX keeps weights", kOriginal},
      {"mlx.bin", safetensors_of(R"({"__metadata__":{"format":"mlx"},"a":{"dtype":"F16"}})"),
       "a safetensors file of MLX", kOriginal},
      {"mlx_names.bin", safetensors_of(R"({"encoder.blocks.0.mlp1.weight":{"dtype":"F16"}})"),
       "a safetensors file of MLX", kOriginal},
      {"model.tflite.bin", unnamed_tflite(),
       "a TFLite file without its identifier, TFL3 at the fifth byte",
       "write it anew with the converter that made it"},
      {"saved_model.pb", filled("\x08\x01\x12\xff\x7f\x0a"s), "a graph of TensorFlow", kOriginal},
      {"model.mlmodel", filled("\x08\x05\x12\x20\x0a\x03"s), "a CoreML model", kOriginal},
      {"openvino_encoder_model.xml",
       "<?xml version=\"1.0\"?>\n<net name=\"encoder\" version=\"11\">\n<layers>\n",
       "an OpenVINO model", kOriginal},
      {"encoder.engine", filled("ftrt\0\0\0\0"s), "an engine of TensorRT", kOriginal},
      {"encoder.ncnn.param", "7767517\n120 130\n", "an ncnn model", kOriginal},
      {"encoder_mt8371.dla", filled(std::string(40, '\x9c')), "a file compiled for an NPU (DLA)",
       kName},
  };
}

std::vector<ForeignFile> packed() {
  return {
      {"model.zip", zip_of({"whisper/config.json", "whisper/README.md"}), "a zip archive", kUnpack},
      {"none.zip", zip_of({}), "a zip archive", kUnpack},
      {"model.pt.gz", filled("\x1f\x8b\x08\0"s), "a gzip file", kUnpack},
      {"model.pt.bz2", filled("BZh91AY&SY"), "a bzip2 file", kUnpack},
      {"model.pt.xz",
       filled("\xfd"
              "7zXZ\0\0\4"s),
       "an xz file", kUnpack},
      {"model.pt.zst", filled("\x28\xb5\x2f\xfd\4"), "a zstd file", kUnpack},
      {"model.7z", filled("7z\xbc\xaf\x27\x1c\0\4"s), "a 7z archive", kUnpack},
      {"model.rar", filled("Rar!\x1a\x07\1\0"s), "a RAR archive", kUnpack},
      {"model.tar", tar_file("whisper-base/config.json"), "a tar archive", kUnpack},
  };
}

std::vector<ForeignFile> not_fetched() {
  return {
      {"lfs.pt",
       "version https://git-lfs.github.com/spec/v1\noid sha256:" + std::string(64, '0') +
           "\nsize 290403936\n",
       "a pointer of Git LFS", "`git lfs pull`"},
      {"page.pt", "<!DOCTYPE html>\n<html><body>Entry not found</body></html>\n", "a web page",
       kFetch},
      {"page2.pt", "\xEF\xBB\xBF\r\n <html lang=\"en\">", "a web page", kFetch},
      {"page3.pt", "<HEAD><TITLE>404</TITLE></HEAD>", "a web page", kFetch},
      {"nothing.pt", "", "an empty file", kFetch},
  };
}

std::vector<ForeignFile> others() {
  return {
      {"paper.pdf", filled("%PDF-1.7\n"), "a PDF document", kName},
      {"picture.png", filled("\x89PNG\r\n\x1a\n"), "an image", kName},
      {"picture.jpg", filled("\xff\xd8\xff\xe0"), "an image", kName},
      {"libwhisper.so",
       filled("\x7f"
              "ELF\2\1\1"),
       "a program or library", kName},
      {"plugins.xml", "<?xml version=\"1.0\"?>\n<a/>\n", "an XML file", kName},
  };
}

}  // namespace

std::string onnx_file(const std::string& producer) {
  const std::string node = field(1, "x") + field(2, "y") + field(4, "Relu");
  const std::string graph = field(1, node) + field(2, "graph");
  return "\x08\x07" + (producer.empty() ? "" : field(2, producer) + field(3, "2.1")) +
         field(7, graph) + field(8, "\x10\x11");
}

std::string unnamed_tflite() { return small_tflite().bytes().replace(4, 4, 4, '\0'); }

std::vector<ForeignFile> foreign_files() {
  std::vector<ForeignFile> files = models();
  for (auto more : {packed(), not_fetched(), others()}) {
    files.insert(files.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  }
  return files;
}

}  // namespace sotto::test
