#include "run/inspector/inspection.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <system_error>

#include "core/archive/torch_archive.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/signatures/other_files.h"
#include "core/tflite/tflite_model.h"
#include "model/checkpoint/adapter.h"
#include "run/inspector/inspect_parts.h"

namespace sotto {

namespace {

namespace fs = std::filesystem;

using Inspector = void (*)(Inspection&);

bool looks_like_safetensors(std::string_view start) {
  // Eight bytes of header length, little-endian and below 2^32, then the header's brace.
  constexpr std::string_view kHighBytes("\0\0\0\0", 4);
  return start.size() > 8 && start.substr(4, 4) == kHighBytes && start[8] == '{';
}

bool looks_like_json(std::string_view start) {
  const auto first = start.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && start[first] == '{';
}

/// By what the first bytes and the name of a file say that it is.
Inspector choose(const fs::path& path, std::string_view start) {
  if (begins_as_torch_file(std::as_bytes(std::span(start)))) return inspect_torch_file;
  if (start.starts_with("\x93NUMPY")) return inspect_npy;
  if (is_tflite(std::as_bytes(std::span(start)))) return inspect_tflite;
  if (looks_like_safetensors(start)) return inspect_safetensors;
  if (looks_like_json(start)) return inspect_json;
  if (path.extension() == ".tiktoken") return inspect_vocabulary;
  return inspect_checkpoint;  // model.bin, and the sentence about everything else
}

void inspect_file(Inspection& inspection) {
  refuse_other_files(inspection.path, Wanted::inspectable);
  constexpr std::size_t kStart = 64;
  const auto file = MappedFile::open(inspection.path);
  const auto bytes = file->bytes();
  inspection.bytes = bytes.size();
  const std::string_view start(reinterpret_cast<const char*>(bytes.data()),
                               std::min(kStart, bytes.size()));
  choose(inspection.path, start)(inspection);
}

std::uint64_t tensor_bytes(const std::vector<TensorInfo>& tensors) {
  std::uint64_t bytes = 0;
  for (const TensorInfo& tensor : tensors) {
    bytes += static_cast<std::uint64_t>(num_elements(tensor.shape)) * size_of(tensor.dtype);
  }
  return bytes;
}

}  // namespace

Inspection inspect(const fs::path& path) {
  Inspection inspection;
  inspection.path = path;
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    inspect_file(inspection);
  } else if (is_adapter(path)) {
    inspect_adapter(inspection);
  } else if (Bundle::is_bundle(path)) {
    inspect_bundle(inspection);
  } else {
    inspect_checkpoint(inspection);
    inspection.bytes = tensor_bytes(inspection.tensors);
  }
  return inspection;
}

}  // namespace sotto
