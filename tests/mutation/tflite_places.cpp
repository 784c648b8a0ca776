#include "mutation/tflite_places.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <set>
#include <stdexcept>

#include "tflite/schema_generated.h"

namespace sotto::test {
namespace {

using flatbuffers::voffset_t;

enum class Kind { number, text, numbers, bytes, table, tables, options };

struct TableKind;
/// A field of a table: its number, what is there, of how many bytes or of which kind of table.
struct Field {
  const char* name;
  voffset_t entry;
  Kind kind;
  std::size_t width = 0;
  const TableKind* of = nullptr;
};
struct TableKind {
  std::span<const Field> fields;
};

constexpr Field kCodeFields[] = {
    {"deprecated_code", tflite::OperatorCode::VT_DEPRECATED_BUILTIN_CODE, Kind::number, 1},
    {"custom_code", tflite::OperatorCode::VT_CUSTOM_CODE, Kind::text},
    {"version", tflite::OperatorCode::VT_VERSION, Kind::number, 4},
    {"code", tflite::OperatorCode::VT_BUILTIN_CODE, Kind::number, 4}};
constexpr TableKind kCode{kCodeFields};

constexpr Field kTensorFields[] = {
    {"shape", tflite::Tensor::VT_SHAPE, Kind::numbers, 4},
    {"type", tflite::Tensor::VT_TYPE, Kind::number, 1},
    {"buffer", tflite::Tensor::VT_BUFFER, Kind::number, 4},
    {"name", tflite::Tensor::VT_NAME, Kind::text},
    {"is_variable", tflite::Tensor::VT_IS_VARIABLE, Kind::number, 1},
    {"shape_signature", tflite::Tensor::VT_SHAPE_SIGNATURE, Kind::numbers, 4},
    {"has_rank", tflite::Tensor::VT_HAS_RANK, Kind::number, 1}};
constexpr TableKind kTensor{kTensorFields};

constexpr Field kOperatorFields[] = {
    {"code_index", tflite::Operator::VT_OPCODE_INDEX, Kind::number, 4},
    {"inputs", tflite::Operator::VT_INPUTS, Kind::numbers, 4},
    {"outputs", tflite::Operator::VT_OUTPUTS, Kind::numbers, 4},
    {"options_type", tflite::Operator::VT_BUILTIN_OPTIONS_TYPE, Kind::number, 1},
    {"options", tflite::Operator::VT_BUILTIN_OPTIONS, Kind::options}};
constexpr TableKind kOperator{kOperatorFields};

constexpr Field kGraphFields[] = {
    {"tensors", tflite::SubGraph::VT_TENSORS, Kind::tables, 0, &kTensor},
    {"inputs", tflite::SubGraph::VT_INPUTS, Kind::numbers, 4},
    {"outputs", tflite::SubGraph::VT_OUTPUTS, Kind::numbers, 4},
    {"operators", tflite::SubGraph::VT_OPERATORS, Kind::tables, 0, &kOperator},
    {"name", tflite::SubGraph::VT_NAME, Kind::text}};
constexpr TableKind kGraph{kGraphFields};

constexpr Field kBufferFields[] = {{"data", tflite::Buffer::VT_DATA, Kind::bytes},
                                   {"offset", tflite::Buffer::VT_OFFSET, Kind::number, 8},
                                   {"size", tflite::Buffer::VT_SIZE, Kind::number, 8}};
constexpr TableKind kBuffer{kBufferFields};

constexpr Field kMetadataFields[] = {{"name", tflite::Metadata::VT_NAME, Kind::text},
                                     {"buffer", tflite::Metadata::VT_BUFFER, Kind::number, 4}};
constexpr TableKind kMetadata{kMetadataFields};

constexpr Field kPortFields[] = {{"name", tflite::TensorMap::VT_NAME, Kind::text},
                                 {"tensor", tflite::TensorMap::VT_TENSOR_INDEX, Kind::number, 4}};
constexpr TableKind kPort{kPortFields};

constexpr Field kSignatureFields[] = {
    {"inputs", tflite::SignatureDef::VT_INPUTS, Kind::tables, 0, &kPort},
    {"outputs", tflite::SignatureDef::VT_OUTPUTS, Kind::tables, 0, &kPort},
    {"key", tflite::SignatureDef::VT_SIGNATURE_KEY, Kind::text},
    {"graph", tflite::SignatureDef::VT_SUBGRAPH_INDEX, Kind::number, 4}};
constexpr TableKind kSignature{kSignatureFields};

constexpr Field kModelFields[] = {
    {"version", tflite::Model::VT_VERSION, Kind::number, 4},
    {"codes", tflite::Model::VT_OPERATOR_CODES, Kind::tables, 0, &kCode},
    {"subgraphs", tflite::Model::VT_SUBGRAPHS, Kind::tables, 0, &kGraph},
    {"description", tflite::Model::VT_DESCRIPTION, Kind::text},
    {"buffers", tflite::Model::VT_BUFFERS, Kind::tables, 0, &kBuffer},
    {"metadata", tflite::Model::VT_METADATA, Kind::tables, 0, &kMetadata},
    {"signatures", tflite::Model::VT_SIGNATURE_DEFS, Kind::tables, 0, &kSignature}};
constexpr TableKind kModel{kModelFields};

constexpr std::size_t kOffset = 4;      // bytes of an offset or a length
constexpr std::size_t kSmall = 64;      // bytes of a constant whose numbers are places
constexpr std::size_t kMost = 1 << 20;  // places, of files whose parts share their bytes

class Walk {
 public:
  explicit Walk(std::span<const std::byte> file) : file_(file) {}

  std::vector<Place> all() {
    add("@offset", 0, kOffset);
    table("", read<std::uint32_t>(0), kModel);
    return std::move(places_);
  }

 private:
  [[nodiscard]] bool holds(std::size_t offset, std::size_t width) const {
    return offset <= file_.size() && width <= file_.size() - offset;
  }

  // Options of a kind that the schema does not have are not verified: 0 where nothing is.
  template <class Number>
  [[nodiscard]] Number read(std::size_t offset) const {
    Number value{};
    if (holds(offset, sizeof value)) std::memcpy(&value, file_.data() + offset, sizeof value);
    return value;
  }

  void add(const std::string& path, std::size_t offset, std::size_t width) {
    if (places_.size() < kMost && holds(offset, width)) places_.push_back({path, offset, width});
  }

  static std::string under(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + '.' + name;
  }

  /// Where a table's field lies; 0 where it has none.
  [[nodiscard]] std::size_t field_place(std::size_t start, voffset_t entry) const {
    const std::size_t layout = layout_of(start);
    if (entry + std::size_t{2} > read<voffset_t>(layout)) return 0;
    const auto distance = read<voffset_t>(layout + entry);
    return distance == 0 ? 0 : start + distance;
  }

  [[nodiscard]] std::size_t layout_of(std::size_t start) const {
    return static_cast<std::size_t>(static_cast<std::int64_t>(start) - read<std::int32_t>(start));
  }

  void layout(const std::string& path, std::size_t start) {
    add(under(path, "@table"), start, kOffset);
    const std::size_t place = layout_of(start);
    if (!layouts_.insert(place).second) return;
    add(under(path, "@layout"), place, 2);
    add(under(path, "@size"), place + 2, 2);
    for (std::size_t entry = 4; entry + 2 <= read<voffset_t>(place); entry += 2) {
      add(under(path, "@entry" + std::to_string(entry / 2 - 2)), place + entry, 2);
    }
  }

  void table(const std::string& path, std::size_t start, const TableKind& kind) {
    layout(path, start);
    for (const Field& field : kind.fields) {
      const std::size_t place = field_place(start, field.entry);
      if (place != 0) value(under(path, field.name), place, field);
    }
  }

  void value(const std::string& path, std::size_t place, const Field& field) {
    if (field.kind == Kind::number) return add(path, place, field.width);
    add(under(path, "@offset"), place, kOffset);
    const std::size_t target = place + read<std::uint32_t>(place);
    if (field.kind == Kind::table) return table(path, target, *field.of);
    if (field.kind == Kind::options) return options(path, target);
    add(under(path, "@length"), target, kOffset);
    const std::size_t count = read<std::uint32_t>(target), first = target + kOffset;
    if (field.kind == Kind::text && count > 0) add(under(path, "letter"), first, 1);
    if (field.kind == Kind::numbers) list(path, first, count, field.width);
    if (field.kind == Kind::bytes && count <= kSmall) list(path, first, count / 4, 4);
    if (field.kind != Kind::tables) return;
    for (std::size_t i = 0; i < count && places_.size() < kMost; ++i) {
      const std::size_t entry = first + i * kOffset;
      const std::string here = under(path, std::to_string(i));
      add(under(here, "@offset"), entry, kOffset);
      table(here, entry + read<std::uint32_t>(entry), *field.of);
    }
  }

  void list(const std::string& path, std::size_t first, std::size_t count, std::size_t width) {
    for (std::size_t i = 0; i < count && places_.size() < kMost; ++i) {
      add(under(path, std::to_string(i)), first + i * width, width);
    }
  }

  // Whatever kind they are of: each of their fields as the four bytes that most are.
  void options(const std::string& path, std::size_t start) {
    layout(path, start);
    const std::size_t entries = read<voffset_t>(layout_of(start));
    for (voffset_t entry = 4; entry + std::size_t{2} <= entries;
         entry = static_cast<voffset_t>(entry + 2)) {
      const std::size_t place = field_place(start, entry);
      const auto number = std::to_string(entry / 2 - 2);
      if (place == 0) continue;
      add(under(path, number), place, kOffset);
      add(under(path, "byte" + number), place, 1);
    }
  }

  std::span<const std::byte> file_;
  std::vector<Place> places_;
  std::set<std::size_t> layouts_;  ///< tables share them
};

}  // namespace

std::vector<Place> tflite_places(std::span<const std::byte> file) { return Walk(file).all(); }

std::string kind_of(const std::string& path) {
  std::string kind;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool is_index = std::isdigit(static_cast<unsigned char>(path[i])) != 0 &&
                          (i == 0 || path[i - 1] == '.' || kind.ends_with('#'));
    if (!is_index) kind += path[i];
    if (is_index && !kind.ends_with('#')) kind += '#';
  }
  return kind;
}

std::uint64_t number_at(const std::string& file, const Place& place) {
  std::uint64_t value = 0;
  std::memcpy(&value, file.data() + place.offset, place.width);
  return value;
}

void put_number(std::string& file, const Place& place, std::uint64_t value) {
  std::memcpy(file.data() + place.offset, &value, place.width);
}

Place place_of(const std::string& file, const std::string& path) {
  for (const Place& place : tflite_places(std::as_bytes(std::span(file)))) {
    if (place.path == path) return place;
  }
  throw std::out_of_range(path);
}

void put_number(std::string& file, const std::string& path, std::int64_t value) {
  put_number(file, place_of(file, path), static_cast<std::uint64_t>(value));
}

}  // namespace sotto::test
