#include "model/checkpoint/openai_writer.h"

#include <string>
#include <vector>

#include "core/archive/pickle_writer.h"
#include "core/archive/zip_writer.h"
#include "core/base/atomic_file.h"
#include "model/schema/weights.h"

namespace sotto {
namespace {

// PyTorch takes any name; a fixed one keeps the bytes independent of the file's.
const std::string kArchive = "archive/";

std::string state_pickle(const Checkpoint& checkpoint, const std::vector<WeightSpec>& table) {
  PickleWriter pickle;
  pickle.empty_dict().mark();
  pickle.text("dims").empty_dict().mark();
  for (const DimField& field : dim_fields()) {
    pickle.text(field.name).integer(checkpoint.dims.*field.member);
  }
  pickle.set_items();
  pickle.text("model_state_dict");
  pickle.global("collections", "OrderedDict").empty_tuple().reduce().mark();
  for (std::size_t i = 0; i < table.size(); ++i) {
    const TensorView& view = checkpoint.tensors.at(table[i].name);
    pickle.text(table[i].name).tensor(view.dtype, view.shape, std::to_string(i));
  }
  pickle.set_items().set_items();
  return pickle.finish();
}

ZipContent content_of(const TensorView& view) {
  const std::size_t width = size_of(view.dtype);
  return {static_cast<std::uint64_t>(num_elements(view.shape)) * width,
          [&view, width](std::uint64_t offset, std::span<std::byte> out) {
            read_elements(view, static_cast<std::int64_t>(offset / width), out);
          }};
}

}  // namespace

void write_openai_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path,
                             const OnWait& on_wait) {
  const std::vector<WeightSpec> table = weight_table(checkpoint.dims);
  AtomicFile file(path);  // before the lock, for it knows best what is wrong with a path
  const TargetLock lock(resolve_target(path), on_wait);
  ZipWriter zip(file);
  zip.add(kArchive + "data.pkl", state_pickle(checkpoint, table));
  zip.add(kArchive + "byteorder", "little");
  for (std::size_t i = 0; i < table.size(); ++i) {
    const TensorView& view = checkpoint.tensors.at(table[i].name);
    zip.add(kArchive + "data/" + std::to_string(i), content_of(view));
  }
  zip.add(kArchive + "version", "3\n");
  zip.finish();
  file.commit();
}

}  // namespace sotto
