#include "compile/compiler/device_bundle.h"

#include <algorithm>

#include "compile/emitters/metadata/metadata_writer.h"
#include "core/bundle/graph_table.h"

namespace sotto {
namespace {

/// What running any graphs of the bundle takes; the metadata, which names them, is written anew.
bool is_taken_over(const FileRecord& file) {
  return !parse_graph_role(file.role) && file.role != role::metadata;
}

}  // namespace

Manifest write_device_bundle(const std::filesystem::path& from, const std::filesystem::path& output,
                             const std::vector<JoiningFile>& compiled, const OnWait& on_wait) {
  BundleWriter writer(output, on_wait);
  const Bundle bundle = Bundle::open(from);
  for (const JoiningFile& joining : compiled) check_unchanged(bundle, joining);
  std::vector<FileRecord> graphs;
  graphs.reserve(compiled.size());
  for (const JoiningFile& joining : compiled) graphs.push_back(join(writer, joining));
  Manifest manifest = bundle.manifest();
  std::erase_if(manifest.files, [](const FileRecord& file) { return !is_taken_over(file); });
  for (const FileRecord& file : manifest.files) writer.take(from, file);
  Manifest described = manifest;
  described.files.insert(described.files.end(), graphs.begin(), graphs.end());
  manifest.files.push_back(
      writer.write(role::metadata, metadata_name(manifest),
                   [&](ByteSink& sink) { sink.write_text(metadata_json(described)); }));
  manifest.files.insert(manifest.files.end(), graphs.begin(), graphs.end());
  writer.commit(manifest);
  return manifest;
}

}  // namespace sotto
