#include "model/checkpoint/checkpoint.h"

#include <algorithm>
#include <functional>
#include <unordered_set>
#include <utility>

#include "core/archive/printable.h"
#include "core/base/error.h"
#include "model/schema/weights.h"

namespace sotto {
namespace {

bool is_float(DType dtype) {
  return dtype == DType::float32 || dtype == DType::float16 || dtype == DType::bfloat16;
}

void check_tensor(const TensorView& view, const WeightSpec& spec, const std::string& source) {
  if (view.shape != spec.shape) {
    fail(ErrorKind::mismatch, source, ": expected the tensor ", spec.name, " of shape ",
         to_string(spec.shape), " by the model's dims, found ", to_string(view.shape));
  }
  if (!is_float(view.dtype)) {
    fail(ErrorKind::mismatch, source, ": expected the tensor ", spec.name,
         " in float32, float16 or bfloat16, found ", to_string(view.dtype));
  }
}

// The first in the alphabet, so that the same file is always refused with the same sentence.
std::string first_extra(const TensorTable& tensors, const std::vector<WeightSpec>& table) {
  std::unordered_set<std::string_view> known;
  for (const WeightSpec& spec : table) known.insert(spec.name);
  std::string first;
  for (const auto& entry : tensors.all()) {
    if (known.contains(entry.first)) continue;
    if (first.empty() || entry.first < first) first = entry.first;
  }
  return first;
}

/// One past the last byte that a view reaches.
const std::byte* end_of(const TensorView& view) {
  std::int64_t last = 0;
  for (std::size_t axis = 0; axis < view.shape.size(); ++axis) {
    last += (view.shape[axis] - 1) * view.strides[axis];
  }
  return view.data + (last + 1) * static_cast<std::int64_t>(size_of(view.dtype));
}

using Range = std::pair<const std::byte*, const std::byte*>;

/// The bytes that lie in at least one of the ranges.
std::uint64_t covered_by(std::vector<Range> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const Range& left, const Range& right) {
    return std::less<>()(left.first, right.first);
  });
  std::uint64_t bytes = 0;
  const std::byte* end = nullptr;
  for (const auto& [first, last] : ranges) {
    const std::byte* begin = std::less<>()(first, end) ? end : first;
    if (!std::less<>()(begin, last)) continue;
    bytes += static_cast<std::uint64_t>(last - begin);
    end = last;
  }
  return bytes;
}

}  // namespace

void TensorTable::add(std::string name, TensorView view) {
  if (contains(name)) {
    fail(ErrorKind::format, "expected tensors of different names, found ", printable(name),
         " twice");
  }
  tensors_.emplace(std::move(name), std::move(view));
}

const TensorView& TensorTable::at(std::string_view name) const {
  const auto found = tensors_.find(std::string(name));
  if (found == tensors_.end()) {
    fail(ErrorKind::internal, "the tensor ", printable(name), " was asked for, but is not there");
  }
  return found->second;
}

bool TensorTable::contains(std::string_view name) const {
  return tensors_.contains(std::string(name));
}

std::string_view to_string(CheckpointFormat format) {
  switch (format) {
    case CheckpointFormat::openai:
      return "openai";
    case CheckpointFormat::hugging_face:
      return "hugging_face";
    case CheckpointFormat::ctranslate2:
      return "ctranslate2";
    case CheckpointFormat::sotto_bundle:
      return "sotto_bundle";
  }
  fail(ErrorKind::internal, "a checkpoint format has no name");
}

void check_sharing(const TensorTable& tensors, const std::string& source) {
  constexpr std::uint64_t kMostTimes = 2;  // Whisper's one shared matrix is a part of the whole
  std::uint64_t claimed = 0;
  std::vector<Range> ranges;
  for (const auto& [name, view] : tensors.all()) {
    claimed += static_cast<std::uint64_t>(num_elements(view.shape)) * size_of(view.dtype);
    ranges.emplace_back(view.data, end_of(view));
  }
  const std::uint64_t stored = covered_by(std::move(ranges));
  if (claimed <= kMostTimes * stored) return;
  fail(ErrorKind::mismatch, source, ": expected tensors of their own, found ", claimed,
       " bytes of them that share ", stored, " bytes");
}

void check_tensors(const TensorTable& tensors, const WhisperDims& dims, const std::string& source) {
  const std::vector<WeightSpec> table = weight_table(dims);
  for (const WeightSpec& spec : table) {
    if (!tensors.contains(spec.name)) {
      fail(ErrorKind::mismatch, source, ": expected the tensor ", spec.name, " of shape ",
           to_string(spec.shape), " by the model's dims, found none");
    }
    check_tensor(tensors.at(spec.name), spec, source);
  }
  if (tensors.size() != table.size()) {
    fail(ErrorKind::mismatch, source, ": expected only the ", table.size(),
         " tensors of the model's dims, found also ", printable(first_extra(tensors, table)));
  }
  check_sharing(tensors, source);
}

}  // namespace sotto
