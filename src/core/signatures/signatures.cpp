#include "core/signatures/signatures.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/signatures/binary_signatures.h"
#include "core/signatures/text_signatures.h"
#include "core/signatures/ways_on.h"
#include "core/signatures/zip_signatures.h"

namespace sotto {
namespace {

using namespace std::string_view_literals;
using ways_on::kFetchAgain;
using ways_on::kOriginal;
using ways_on::kUnpack;

constexpr std::size_t kHead = 65536;

/// A format: bytes at a place, or a test, or both.
struct Signature {
  FileKind kind;
  std::string_view what;
  std::string_view way_on = {};
  std::string_view bytes = {};
  std::size_t position = 0;
  bool (*is)(const FileSample&) = nullptr;
};

std::string_view text_of(const FileSample& sample) {
  return {reinterpret_cast<const char*>(sample.bytes.data()), sample.bytes.size()};
}

template <bool (*test)(std::string_view)>
bool text(const FileSample& sample) {
  return test(text_of(sample));
}

/// For formats that have no mark of their own.
template <const std::string_view& extension>
bool named(const FileSample& sample) {
  return sample.path.extension() == extension;
}
constexpr std::string_view kPb = ".pb", kMlmodel = ".mlmodel", kDla = ".dla", kData = ".onnx_data";

// The first that fits counts.
constexpr auto kSignatures = std::to_array<Signature>({
    // Other runtimes' models.
    {FileKind::foreign_model, "a ggml model of whisper.cpp", kOriginal, "lmgg"sv},
    {FileKind::foreign_model, "a ggml model of llama.cpp", kOriginal, "tjgg"sv},
    {FileKind::foreign_model, "a ggml model of llama.cpp", kOriginal, "fmgg"sv},
    {FileKind::foreign_model, "a GGUF file of llama.cpp", kOriginal, "GGUF"sv},
    {FileKind::foreign_model, "a program of ExecuTorch (.pte)", kOriginal, {}, 0, is_executorch},
    {FileKind::foreign_model, "a LiteRT-LM model", kOriginal, "LITERTLM"sv},
    {FileKind::foreign_model, "a model compiled for Rockchip's NPUs (RKNN)", kOriginal, "RKNN"sv},
    {FileKind::foreign_model, "an encrypted model for Rockchip's NPUs (RKNN)", kOriginal,
     "CYPTRKNN"sv},
    {FileKind::foreign_model, "an HDF5 file, as Keras keeps weights", kOriginal,
     "\x89HDF\r\n\x1a\n"sv},
    {FileKind::foreign_model, "an engine of TensorRT", kOriginal, "ftrt"sv},
    {FileKind::foreign_model, "an ncnn model", kOriginal, "7767517\n"sv},
    {FileKind::foreign_model, "a safetensors file of MLX", kOriginal, {}, 0, is_mlx_safetensors},
    {FileKind::foreign_model, "an ONNX model", kOriginal, {}, 0, is_onnx},
    {FileKind::foreign_model, "an OpenVINO model", kOriginal, {}, 0, text<is_openvino>},
    // Sotto's own, and what is only near to them.
    {FileKind::tflite, "a TFLite file", {}, "TFL3"sv, 4},
    {FileKind::unnamed_tflite,
     "a TFLite file without its identifier, TFL3 at the fifth byte",
     "write it anew with the converter that made it",
     {},
     0,
     is_unnamed_tflite},
    {FileKind::npy, "a NumPy array (.npy)", {}, "\x93NUMPY"sv},
    {FileKind::safetensors, "a safetensors file", {}, {}, 0, is_safetensors},
    {FileKind::ctranslate2, "a CTranslate2 model", {}, {}, 0, is_ctranslate2},
    {FileKind::pickle, "a pickle file of PyTorch", {}, {}, 0, is_pickle},
    // Packed.
    {FileKind::packed, "a gzip file", kUnpack, "\x1f\x8b"sv},
    {FileKind::packed, "a bzip2 file", kUnpack, "BZh"sv},
    {FileKind::packed, "an xz file", kUnpack,
     "\xfd"
     "7zXZ\0"sv},
    {FileKind::packed, "a zstd file", kUnpack, "\x28\xb5\x2f\xfd"sv},
    {FileKind::packed, "a 7z archive", kUnpack, "7z\xbc\xaf\x27\x1c"sv},
    {FileKind::packed, "a RAR archive", kUnpack, "Rar!\x1a\x07"sv},
    {FileKind::packed, "a tar archive", kUnpack, "ustar"sv, 257},
    // Where a download went wrong.
    {FileKind::not_fetched, "a pointer of Git LFS", "`git lfs pull` in its folder fetches the file",
     "version https://git-lfs"sv},
    {FileKind::not_fetched, "a web page", kFetchAgain, {}, 0, text<is_web_page>},
    // What may be beside models.
    {FileKind::other, "an image", {}, "\x89PNG"sv},
    {FileKind::other, "an image", {}, "\xff\xd8\xff"sv},
    {FileKind::other, "an image", {}, "GIF8"sv},
    {FileKind::other, "an image", {}, "WEBP"sv, 8},
    {FileKind::other, "a PDF document", {}, "%PDF-"sv},
    {FileKind::other,
     "a program or library",
     {},
     "\x7f"
     "ELF"sv},
    {FileKind::other, "an XML file", {}, {}, 0, text<is_xml>},
    {FileKind::sound, "a recording", {}, "WAVE"sv, 8},
    {FileKind::sound, "a recording", {}, "AVI "sv, 8},
    {FileKind::sound, "a recording", {}, "AIF"sv, 8},
    {FileKind::sound, "a recording", {}, "ftyp"sv, 4},
    {FileKind::sound, "a recording", {}, "fLaC"sv},
    {FileKind::sound, "a recording", {}, "OggS"sv},
    {FileKind::sound, "a recording", {}, "ID3"sv},
    {FileKind::sound, "a recording", {}, "caff"sv},
    {FileKind::sound, "a recording", {}, "#!AMR"sv},
    {FileKind::sound, "a recording", {}, "\x1a\x45\xdf\xa3"sv},
    {FileKind::sound, "a recording", {}, "\x30\x26\xb2\x75"sv},
    {FileKind::sound, "a recording", {}, "\xff\xfb"sv},
    // Known by little, and so last.
    {FileKind::foreign_model, "a msgpack file, as Flax keeps weights", kOriginal, {}, 0, is_flax},
    {FileKind::foreign_model, "a CoreML model", kOriginal, "\x08"sv, 0, named<kMlmodel>},
    {FileKind::foreign_model, "a graph of TensorFlow", kOriginal, {}, 0, named<kPb>},
    {FileKind::foreign_model, "the weights of an ONNX model", kOriginal, {}, 0, named<kData>},
    {FileKind::compiled, "a file compiled for an NPU (DLA)", {}, {}, 0, named<kDla>},
    {FileKind::json, "a JSON file", {}, {}, 0, text<is_json>},
    {FileKind::rank_file, "a vocabulary", {}, {}, 0, text<is_rank_file>},
    {FileKind::text, "plain text", {}, {}, 0, text<is_plain_text>},
});

bool fits(const Signature& signature, const FileSample& sample) {
  const std::string_view bytes = text_of(sample);
  return bytes.size() >= signature.position &&
         bytes.substr(signature.position).starts_with(signature.bytes) &&
         (signature.is == nullptr || signature.is(sample));
}

}  // namespace

Recognised recognise(const FileSample& sample) {
  if (sample.size == 0) return {FileKind::empty, "an empty file", kFetchAgain};
  if (text_of(sample).starts_with("PK\x03\x04") || text_of(sample).starts_with("PK\x05\x06")) {
    return recognise_zip(sample);
  }
  FileSample head = sample;
  head.bytes = sample.bytes.first(std::min(sample.bytes.size(), kHead));
  const auto found =
      std::find_if(kSignatures.begin(), kSignatures.end(),
                   [&](const Signature& signature) { return fits(signature, head); });
  if (found == kSignatures.end()) return {};
  return {found->kind, found->what, found->way_on};
}

}  // namespace sotto
