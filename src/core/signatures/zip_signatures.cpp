#include "core/signatures/zip_signatures.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "core/archive/zip_reader.h"
#include "core/base/error.h"
#include "core/signatures/ways_on.h"

namespace sotto {
namespace {

struct Member {
  FileKind kind;
  std::string_view ending;  ///< of a name in the archive
  std::string_view what;
};

// The first that some name ends with counts.
constexpr auto kMembers = std::to_array<Member>({
    {FileKind::torchscript, "/constants.pkl", "a TorchScript module"},
    {FileKind::torch_archive, "/data.pkl", "a file of PyTorch"},
    {FileKind::foreign_model, "model.weights.h5", "a Keras model"},
    {FileKind::foreign_model, "coremldata.bin", "a CoreML model"},
    {FileKind::foreign_model, ".mlmodel", "a CoreML model"},
    {FileKind::foreign_model, "saved_model.pb", "a SavedModel of TensorFlow"},
    {FileKind::foreign_model, ".npy", "an archive of NumPy arrays (.npz), as MLX keeps weights"},
});

std::optional<ZipReader> open(const FileSample& sample) {
  try {
    return ZipReader(sample.bytes, sample.path.string());
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

Recognised recognise_zip(const FileSample& sample) {
  const Recognised any{FileKind::packed, "a zip archive", ways_on::kUnpack};
  const bool is_part = sample.bytes.size() != sample.size;
  if (is_part) return any;
  const auto archive = open(sample);
  if (!archive) return {};
  for (const Member& member : kMembers) {
    const auto entries = archive->entries();
    const bool is_there = std::any_of(entries.begin(), entries.end(), [&](const ZipEntry& entry) {
      return entry.name.ends_with(member.ending);
    });
    if (!is_there) continue;
    const bool is_foreign = member.kind == FileKind::foreign_model;
    return {member.kind, member.what, is_foreign ? ways_on::kOriginal : std::string_view()};
  }
  return any;
}

}  // namespace sotto
