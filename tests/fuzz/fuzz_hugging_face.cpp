#include <array>
#include <filesystem>
#include <string>
#include <string_view>

#include "fuzz/folder_of_its_own.h"
#include "fuzz/fuzz_target.h"
#include "fuzz/hugging_face_input.h"
#include "fuzz/zip_repair.h"
#include "model/checkpoint/hugging_face_reader.h"

using namespace sotto;

namespace {

/// Writes a file of the folder unless that is what it holds already: most inputs change one.
void write_changed(std::size_t part, std::string_view bytes) {
  static std::array<std::string, test::kHuggingFaceFiles.size()> written;
  if (written[part] == bytes) return;
  written[part] = bytes;
  test::write_file_here(concat(test::kFuzzed, "/", test::kHuggingFaceFiles[part]), bytes);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*arguments*/) {
  test::enter_folder_of_its_own();
  std::filesystem::create_directory(test::kFuzzed);
  // The weights are read as what the index calls them: safetensors, or a file of PyTorch's.
  std::filesystem::create_symlink(test::kHuggingFaceFiles.back(),
                                  std::filesystem::path(test::kFuzzed) / "weights.bin");
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::size_t part = 0;
  for (; part + 1 < test::kHuggingFaceFiles.size(); ++part) {
    const std::size_t end = std::min(rest.find(test::kNextFile), rest.size());
    write_changed(part, rest.substr(0, end));
    rest.remove_prefix(std::min(rest.size(), end + test::kNextFile.size()));
  }
  const auto weights = test::with_checksums(std::as_bytes(std::span(rest)));
  write_changed(part, {reinterpret_cast<const char*>(weights.data()), weights.size()});
  test::fuzz([&] {
    const Checkpoint checkpoint = read_hugging_face(test::kFuzzed);
    for (const auto& entry : checkpoint.tensors.all()) test::touch(entry.second);
  });
  return test::fuzz([&] {
    const Checkpoint checkpoint =
        read_hugging_face_file(concat(test::kFuzzed, "/", test::kHuggingFaceFiles.back()));
    for (const auto& entry : checkpoint.tensors.all()) test::touch(entry.second);
  });
}
