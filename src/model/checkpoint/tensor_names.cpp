#include "model/checkpoint/tensor_names.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/archive/printable.h"
#include "core/base/error.h"
#include "model/schema/weights.h"

namespace sotto {
namespace {

constexpr std::int64_t kBlock = 1 << 16;  // elements compared at a time

// As numbers, for one may be kept in a narrower type than the other; NaN is what NaN is.
bool same_numbers(const std::vector<float>& one, const std::vector<float>& other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](float left, float right) {
                      return left == right || (std::isnan(left) && std::isnan(right));
                    });
}

bool same_elements(const TensorView& left, const TensorView& right) {
  const std::int64_t count = num_elements(left.shape);
  for (std::int64_t first = 0; first < count; first += kBlock) {
    const auto size = static_cast<std::size_t>(std::min(kBlock, count - first));
    std::vector<float> one(size);
    std::vector<float> other(size);
    read_float32(left, first, one);
    read_float32(right, first, other);
    if (!same_numbers(one, other)) return false;
  }
  return true;
}

bool is_float(const TensorView& view) {
  return view.dtype != DType::int32 && view.dtype != DType::int64;
}

std::string first_unused(const TensorTable& found, const std::unordered_set<std::string>& used) {
  std::string first;
  for (const auto& entry : found.all()) {
    if (used.contains(entry.first)) continue;
    if (first.empty() || entry.first < first) first = entry.first;
  }
  return first;
}

}  // namespace

TensorTable rename_tensors(const TensorTable& found, const WhisperDims& dims, const NameOf& name_of,
                           const std::string& source) {
  TensorTable table;
  std::unordered_set<std::string> used;
  for (const WeightSpec& spec : weight_table(dims)) {
    std::string name = name_of(spec.name);
    if (!found.contains(name)) {
      fail(ErrorKind::mismatch, source, ": expected the tensor ", name, " of shape ",
           to_string(spec.shape), " by the model's dims, found none");
    }
    table.add(spec.name, found.at(name));
    used.insert(std::move(name));
  }
  if (used.size() != found.size()) {
    fail(ErrorKind::mismatch, source, ": expected only the ", used.size(),
         " tensors of the model's dims, found also ", printable(first_unused(found, used)));
  }
  return table;
}

void add_tensor(TensorTable& table, std::string name, TensorView view, const std::string& source) {
  if (table.contains(name)) {
    fail(ErrorKind::format, source, ": expected tensors of different names, found ",
         printable(name), " twice");
  }
  table.add(std::move(name), std::move(view));
}

void check_tied(const TensorView& embedding, const TensorView& head, std::string_view head_name,
                const std::string& source) {
  const bool alike = embedding.shape == head.shape && is_float(embedding) && is_float(head);
  const bool same_bytes = alike && embedding.dtype == head.dtype && embedding.data == head.data &&
                          embedding.strides == head.strides;
  if (!same_bytes && !(alike && same_elements(embedding, head))) {
    fail(ErrorKind::mismatch, source, ": expected ", head_name,
         " to equal the token embedding, as in every Whisper model, found other values");
  }
}

}  // namespace sotto
