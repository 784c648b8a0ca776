#include "core/bundle/distinct_files.h"

#include <set>
#include <string_view>

namespace sotto {

std::vector<FileRecord> distinct_files(const Manifest& manifest) {
  std::set<std::string_view> known;
  std::vector<FileRecord> files;
  for (const FileRecord& file : manifest.files) {
    if (known.insert(file.name).second) files.push_back(file);
  }
  return files;
}

}  // namespace sotto
