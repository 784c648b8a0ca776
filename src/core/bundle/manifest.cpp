#include "core/bundle/manifest.h"

#include <algorithm>
#include <limits>
#include <set>
#include <span>

#include "nlohmann/json.hpp"

#include "core/base/error.h"
#include "core/bundle/distinct_files.h"
#include "core/json/json_document.h"

namespace sotto {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kMostBytes = 1 << 20;
constexpr std::int64_t kMostExtent = std::int64_t{1} << 40;
constexpr std::size_t kMostRank = 8;
constexpr std::size_t kMostItems = 4096;
constexpr std::size_t kLongestText = 1024;
constexpr std::size_t kDigestLetters = 64;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_plain_file_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name != kManifestName &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != '/'; });
}

bool is_digest(std::string_view text) {
  return text.size() == kDigestLetters && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// One JSON object of the manifest, with its place in it ("files[2].") for messages. A field that is
// missing or not what it must be throws.
class Fields {
 public:
  Fields(const json& object, std::string place, const std::string& source)
      : object_(object), place_(std::move(place)), source_(source) {
    if (!object.is_object()) {
      fail(ErrorKind::format, source_, ": expected ", place_.empty() ? "the manifest" : place_,
           " to be a JSON object");
    }
  }

  [[noreturn]] void reject(std::string_view field, std::string_view expected) const {
    fail(ErrorKind::format, source_, ": expected `", place_, field, "` to be ", expected,
         object_.contains(field) ? ", found something else" : ", found none");
  }

  const json& at(std::string_view field) const {
    const auto found = object_.find(field);
    if (found == object_.end()) reject(field, "there");
    return *found;
  }

  bool has(std::string_view field) const { return object_.contains(field); }

  std::string text(std::string_view field) const {
    const json& value = at(field);
    if (!value.is_string()) reject(field, "a text");
    auto text = value.get<std::string>();
    if (text.size() > kLongestText)
      reject(field, concat("a text of at most ", kLongestText, " bytes"));
    return text;
  }

  std::string digest(std::string_view field) const {
    std::string value = text(field);
    if (!is_digest(value)) reject(field, "64 lower-case hexadecimal digits");
    return value;
  }

  std::int64_t integer(std::string_view field, std::int64_t least, std::int64_t most) const {
    return in_range(at(field), field, least, most);
  }

  std::int64_t in_range(const json& value, std::string_view field, std::int64_t least,
                        std::int64_t most) const {
    const bool fits = value.is_number_integer() &&
                      (!value.is_number_unsigned() ||
                       value.get<std::uint64_t>() <= static_cast<std::uint64_t>(most)) &&
                      value.get<std::int64_t>() >= least && value.get<std::int64_t>() <= most;
    if (!fits) reject(field, concat("an integer from ", least, " to ", most));
    return value.get<std::int64_t>();
  }

  bool truth(std::string_view field) const {
    const json& value = at(field);
    if (!value.is_boolean()) reject(field, "true or false");
    return value.get<bool>();
  }

  const json& array(std::string_view field) const {
    const json& value = at(field);
    if (!value.is_array() || value.size() > kMostItems) {
      reject(field, concat("an array of at most ", kMostItems, " items"));
    }
    return value;
  }

  Fields object(std::string_view field) const {
    return {at(field), concat(place_, field, "."), source_};
  }

  Fields item(std::string_view field, std::size_t index) const {
    return {at(field)[index], concat(place_, field, "[", index, "]."), source_};
  }

  const json& value() const { return object_; }

 private:
  const json& object_;
  std::string place_;
  const std::string& source_;
};

Manifest::Source read_source(const Fields& fields) {
  Manifest::Source source{fields.text("file"), fields.text("format"), fields.digest("sha256"), {}};
  if (fields.has("adapter")) {
    const Fields adapter = fields.object("adapter");
    source.adapter = {adapter.text("folder"), adapter.text("file"), adapter.digest("sha256"),
                      adapter.digest("config_sha256")};
  }
  return source;
}

/// What a manifest that says nothing of an element type means: graphs were float32 throughout when
/// such manifests were written.
DType read_dtype(const Fields& fields) {
  constexpr std::string_view kField = "dtype";
  if (!fields.has(kField)) return DType::float32;
  const auto dtype = find_dtype(fields.text(kField));
  if (!dtype) fields.reject(kField, "an element type");
  return *dtype;
}

Signature::Port read_port(const Fields& fields) {
  Signature::Port port{fields.text("name"), {}};
  const json& shape = fields.array("shape");
  if (shape.size() > kMostRank) fields.reject("shape", "at most 8 extents");
  for (const json& extent : shape) {
    port.shape.push_back(fields.in_range(extent, "shape", 0, kMostExtent));
  }
  if (fields.has("variable_axis")) {
    const auto last = static_cast<std::int64_t>(port.shape.size()) - 1;
    port.variable_axis = fields.integer("variable_axis", 0, last);
  }
  port.dtype = read_dtype(fields);
  port.is_state = fields.has("state") && fields.truth("state");
  port.is_resident = fields.has("resident") && fields.truth("resident");
  return port;
}

std::vector<Signature::Port> read_ports(const Fields& file, std::string_view field) {
  std::vector<Signature::Port> ports;
  if (!file.has(field)) return ports;
  const std::size_t count = file.array(field).size();
  for (std::size_t i = 0; i < count; ++i) ports.push_back(read_port(file.item(field, i)));
  return ports;
}

FileRecord read_file(const Fields& fields) {
  FileRecord file;
  file.role = fields.text("role");
  file.name = fields.text("name");
  if (!is_plain_file_name(file.name)) fields.reject("name", "a plain file name");
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  file.bytes = static_cast<std::uint64_t>(fields.integer("bytes", 0, kMost));
  file.sha256 = fields.digest("sha256");
  file.signature = {read_ports(fields, "inputs"), read_ports(fields, "outputs")};
  if (fields.has("target")) file.target = fields.text("target");
  if (fields.has("tool")) file.tool = fields.text("tool");
  if (fields.has("signature_key")) file.signature_key = fields.text("signature_key");
  return file;
}

/// Whether both are of one file: graphs that share it, under different names.
bool share_a_file(const FileRecord& a, const FileRecord& b) {
  return !a.signature_key.empty() && !b.signature_key.empty() &&
         a.signature_key != b.signature_key && a.bytes == b.bytes && a.sha256 == b.sha256;
}

std::vector<FileRecord> read_files(const Fields& root) {
  std::vector<FileRecord> files;
  std::set<std::string> roles;
  const std::size_t count = root.array("files").size();
  for (std::size_t i = 0; i < count; ++i) {
    const Fields fields = root.item("files", i);
    FileRecord file = read_file(fields);
    for (const FileRecord& other : files) {
      if (other.name != file.name || share_a_file(other, file)) continue;
      fields.reject("name", "different from the others");
    }
    if (!roles.insert(file.role).second) fields.reject("role", "different from the others");
    files.push_back(std::move(file));
  }
  return files;
}

std::vector<std::pair<std::string, std::int64_t>> read_dims(const Fields& root) {
  std::vector<std::pair<std::string, std::int64_t>> dims;
  const Fields fields = root.object("dims");
  for (const auto& [name, value] : fields.value().items()) {
    dims.emplace_back(name, fields.in_range(value, name, 0, kMostExtent));
  }
  return dims;
}

std::vector<std::pair<std::int64_t, std::int64_t>> read_heads(const Fields& root) {
  constexpr std::string_view kField = "alignment_heads";
  std::vector<std::pair<std::int64_t, std::int64_t>> heads;
  for (const json& pair : root.array(kField)) {
    if (!pair.is_array() || pair.size() != 2) root.reject(kField, "pairs of a layer and a head");
    heads.emplace_back(root.in_range(pair[0], kField, 0, kMostExtent),
                       root.in_range(pair[1], kField, 0, kMostExtent));
  }
  return heads;
}

VocabularyLayout read_vocabulary(const Fields& fields) {
  VocabularyLayout layout;
  layout.words = fields.integer("words", 1, kMostExtent);
  layout.languages = fields.integer("languages", 0, kMostLanguages);
  layout.multilingual = fields.truth("multilingual");
  return layout;
}

ordered_json vocabulary_json(const VocabularyLayout& layout) {
  return {{"words", layout.words},
          {"languages", layout.languages},
          {"multilingual", layout.multilingual}};
}

void check_version(std::int64_t version, const std::string& source) {
  if (version == kManifestVersion) return;
  fail(ErrorKind::unsupported, source, ": expected a bundle of format version ", kManifestVersion,
       ", found version ", version, version > kManifestVersion ? ", made by a newer Sotto" : "");
}

ordered_json ports_json(const std::vector<Signature::Port>& ports) {
  ordered_json array = ordered_json::array();
  for (const Signature::Port& port : ports) {
    ordered_json item{{"name", port.name}, {"shape", port.shape}};
    if (port.variable_axis) item["variable_axis"] = *port.variable_axis;
    item["dtype"] = to_string(port.dtype);
    if (port.is_state) item["state"] = true;
    if (port.is_resident) item["resident"] = true;
    array.push_back(std::move(item));
  }
  return array;
}

ordered_json file_json(const FileRecord& file) {
  ordered_json item{
      {"role", file.role}, {"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}};
  const auto& [inputs, outputs] = file.signature;
  if (!inputs.empty()) item["inputs"] = ports_json(inputs);
  if (!outputs.empty()) item["outputs"] = ports_json(outputs);
  if (!file.target.empty()) item["target"] = file.target;
  if (!file.tool.empty()) item["tool"] = file.tool;
  if (!file.signature_key.empty()) item["signature_key"] = file.signature_key;
  return item;
}

ordered_json source_json(const Manifest::Source& source) {
  ordered_json item{{"file", source.file}, {"format", source.format}, {"sha256", source.sha256}};
  if (source.adapter) {
    item["adapter"] = {{"folder", source.adapter->folder},
                       {"file", source.adapter->file},
                       {"sha256", source.adapter->sha256},
                       {"config_sha256", source.adapter->config_sha256}};
  }
  return item;
}

}  // namespace

Manifest parse_manifest(std::string_view text, const std::string& source) {
  const json document =
      parse_any_json(std::as_bytes(std::span(text)), source, {"a manifest in JSON", kMostBytes});
  const Fields root(document, "", source);
  Manifest manifest;
  manifest.format_version =
      root.integer("format_version", 0, std::numeric_limits<std::int64_t>::max());
  check_version(manifest.format_version, source);
  manifest.model_name = root.text("model_name");
  if (!is_model_name(manifest.model_name)) root.reject("model_name", "a model's name");
  manifest.source = read_source(root.object("source"));
  manifest.dims = read_dims(root);
  manifest.frames = root.integer("frames", 1, kMostExtent);
  if (root.has("vocabulary")) manifest.vocabulary = read_vocabulary(root.object("vocabulary"));
  manifest.alignment_heads = read_heads(root);
  manifest.files = read_files(root);
  return manifest;
}

std::string manifest_text(const Manifest& manifest) {
  ordered_json dims = ordered_json::object();
  for (const auto& [name, value] : manifest.dims) dims[name] = value;
  ordered_json files = ordered_json::array();
  for (const FileRecord& file : manifest.files) files.push_back(file_json(file));
  ordered_json document{
      {"format_version", manifest.format_version},
      {"model_name", manifest.model_name},
      {"source", source_json(manifest.source)},
      {"dims", std::move(dims)},
      {"frames", manifest.frames},
  };
  if (manifest.vocabulary) document["vocabulary"] = vocabulary_json(*manifest.vocabulary);
  document["alignment_heads"] = manifest.alignment_heads;
  document["files"] = std::move(files);
  // A source's file name may be no UTF-8, which JSON must be.
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::uint64_t total_bytes(const Manifest& manifest) {
  std::uint64_t bytes = 0;
  for (const FileRecord& file : distinct_files(manifest)) bytes += file.bytes;
  return bytes;
}

std::int64_t dim(const Manifest& manifest, std::string_view name) {
  for (const auto& [field, value] : manifest.dims) {
    if (field == name) return value;
  }
  fail(ErrorKind::format, kManifestName, ": expected `dims.", name, "`, found none");
}

bool is_model_name(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  return !name.empty() && name.size() <= kLongest && is_letter_or_digit(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
         });
}

}  // namespace sotto
