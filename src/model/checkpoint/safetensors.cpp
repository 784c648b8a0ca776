#include "model/checkpoint/safetensors.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "core/archive/byte_reader.h"
#include "core/archive/printable.h"
#include "core/base/error.h"
#include "core/json/json_document.h"
#include "model/checkpoint/tensor_names.h"

namespace sotto {
namespace {

constexpr std::size_t kMostAxes = 16;

using Range = std::pair<std::uint64_t, std::uint64_t>;  // first and one past the last byte

struct Header {
  std::span<const std::byte> data;
  const std::string& source;
  const std::shared_ptr<const void>& owner;
};

[[noreturn]] void refuse(const Header& header, const std::string& name, std::string_view what) {
  fail(ErrorKind::format, header.source, ": the tensor ", printable(name), ": ", what);
}

// A type of the file, and the one that it is read as.
struct Type {
  std::string_view name;
  std::size_t width;
  DType read;
};
constexpr std::array<Type, 6> kTypes{{{"F32", 4, DType::float32},
                                      {"F16", 2, DType::float16},
                                      {"BF16", 2, DType::bfloat16},
                                      {"F64", 8, DType::float32},
                                      {"I32", 4, DType::int32},
                                      {"I64", 8, DType::int64}}};

const Type& type_of(const Header& header, const std::string& name, const nlohmann::json& entry) {
  const auto found = entry.find("dtype");
  if (found == entry.end() || !found->is_string()) {
    refuse(header, name, "expected its dtype, found none");
  }
  for (const Type& type : kTypes) {
    if (found->get_ref<const std::string&>() == type.name) return type;
  }
  fail(ErrorKind::unsupported, header.source, ": the tensor ", printable(name),
       ": expected F32, F16, BF16 or F64, found ", printable(found->get_ref<const std::string&>()));
}

std::vector<std::int64_t> numbers_of(const Header& header, const std::string& name,
                                     const nlohmann::json& entry, const std::string& key) {
  const auto found = entry.find(key);
  std::vector<std::int64_t> numbers;
  if (found != entry.end() && found->is_array() && found->size() <= kMostAxes) {
    for (const nlohmann::json& item : *found) {
      const auto number = as_integer(item);
      if (number && *number >= 0) numbers.push_back(*number);
    }
    if (numbers.size() == found->size()) return numbers;
  }
  refuse(header, name, concat("expected ", key, " to be a list of numbers ≥ 0, found it is not"));
}

Range range_of(const Header& header, const std::string& name, const nlohmann::json& entry) {
  const auto offsets = numbers_of(header, name, entry, "data_offsets");
  if (offsets.size() != 2 || offsets[0] > offsets[1] ||
      static_cast<std::uint64_t>(offsets[1]) > header.data.size()) {
    refuse(header, name,
           concat("expected data_offsets within the ", header.data.size(),
                  " bytes of data, found others"));
  }
  return {static_cast<std::uint64_t>(offsets[0]), static_cast<std::uint64_t>(offsets[1])};
}

TensorView view_of(const Header& header, const std::string& name, const nlohmann::json& entry,
                   const Range& range) {
  const Type& type = type_of(header, name, entry);
  Shape shape = numbers_of(header, name, entry, "shape");
  const auto count = checked_num_elements(shape);
  const std::uint64_t bytes = range.second - range.first;
  if (!count || *count == 0 || static_cast<std::uint64_t>(*count) != bytes / type.width ||
      bytes % type.width != 0) {
    refuse(header, name,
           concat("expected the ", type.name, " elements of shape ", to_string(shape), ", found ",
                  bytes, " bytes"));
  }
  const auto data = header.data.subspan(range.first, bytes);
  if (type.name == "F64") return own_values(std::move(shape), narrowed(data));
  return dense_view(type.read, std::move(shape), data.data(), header.owner);
}

// The format demands that tensors fill the data without gap or overlap.
void check_tiling(const std::map<std::string, Range>& places, const Header& header) {
  std::vector<Range> ranges;
  for (const auto& place : places) ranges.push_back(place.second);
  std::sort(ranges.begin(), ranges.end());
  ranges.emplace_back(header.data.size(), header.data.size());
  std::uint64_t end = 0;
  for (const Range& range : ranges) {
    if (range.first == end) {
      end = range.second;
      continue;
    }
    fail(ErrorKind::format, header.source, ": expected tensors that fill the ", header.data.size(),
         " bytes of data without gap or overlap, found one of either at byte ", end);
  }
}

}  // namespace

TensorTable parse_safetensors(std::span<const std::byte> bytes, const std::string& source,
                              const std::shared_ptr<const void>& owner) {
  ByteReader reader(bytes, source);
  const auto size = reader.take_number<std::uint64_t>("the header's size");
  const auto text = reader.take(size, "the header");
  const nlohmann::json entries = parse_json(text, source);
  const Header header{bytes.subspan(reader.position()), source, owner};
  std::map<std::string, Range> ranges;
  for (const auto& [name, entry] : entries.items()) {
    if (name == "__metadata__") continue;
    if (!entry.is_object())
      refuse(header, name, "expected its dtype, shape and data_offsets, found none");
    ranges.emplace(name, range_of(header, name, entry));
  }
  check_tiling(ranges, header);  // before anything is converted, so that nothing is so twice
  TensorTable tensors;
  for (const auto& [name, range] : ranges) {
    add_tensor(tensors, name, view_of(header, name, entries.at(name), range), source);
  }
  return tensors;
}

}  // namespace sotto
