#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/archive/npy_reader.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/json/json_document.h"
#include "model/checkpoint/safetensors.h"
#include "run/inspector/inspect_parts.h"

namespace sotto {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostMembers = 1000;  // that somebody would read

std::string_view text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

/// A member's value where it is short, else how much of it there is.
std::string summary(const Json& value) {
  if (value.is_object()) return concat("{", value.size(), " members}");
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  constexpr std::size_t kLongest = 80;
  if (text.size() <= kLongest) return text;
  if (value.is_array()) return concat("[", value.size(), " elements]");
  return concat("a text of ", text.size(), " bytes");
}

bool is_rank_line(std::string_view line) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos || space + 1 == line.size()) return false;
  return line.find_first_not_of("0123456789", space + 1) == std::string_view::npos;
}

std::string vocabulary_name(std::size_t entries) {
  if (entries == 50256) return "gpt2 (English-only models)";
  if (entries == 50257) return "multilingual";
  return "none of Whisper's";
}

}  // namespace

void inspect_npy(Inspection& inspection) {
  const TensorView array = read_npy(inspection.path);
  inspection.kind = "NumPy array";
  inspection.parameters = num_elements(array.shape);
  inspection.tensors.push_back({inspection.path.stem().string(), array.dtype, array.shape});
}

void inspect_json(Inspection& inspection) {
  const auto file = MappedFile::open(inspection.path);
  const auto members = parse_json_members(file->bytes(), inspection.path.string(), kPythonJson);
  inspection.kind = "JSON file";
  for (const auto& [key, value] : members) {
    if (inspection.facts.size() == kMostMembers) {
      inspection.facts.emplace_back("…", concat(members.size() - kMostMembers, " members more"));
      return;
    }
    inspection.facts.emplace_back(key, summary(value));
  }
}

void inspect_safetensors(Inspection& inspection) {
  const auto file = MappedFile::open(inspection.path);
  const TensorTable table = parse_safetensors(file->bytes(), inspection.path.string(), file);
  inspection.kind = "safetensors file";
  for (const auto& [name, tensor] : table.all()) {
    inspection.tensors.push_back({name, tensor.dtype, tensor.shape});
    inspection.parameters += num_elements(tensor.shape);
  }
  std::sort(inspection.tensors.begin(), inspection.tensors.end(),
            [](const TensorInfo& a, const TensorInfo& b) { return a.name < b.name; });
}

void inspect_vocabulary(Inspection& inspection) {
  const auto file = MappedFile::open(inspection.path);
  std::string_view rest = text_of(*file);
  std::size_t lines = 0;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    ++lines;
    if (!is_rank_line(line)) {
      fail(ErrorKind::format, inspection.path.string(), ": line ", lines,
           " is no \"token rank\" pair of a vocabulary");
    }
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  inspection.kind = "vocabulary";
  inspection.facts = {{"tokens", std::to_string(lines)}, {"which", vocabulary_name(lines)}};
}

}  // namespace sotto
