#include "model/checkpoint/checkpoint.h"

#include <unordered_set>

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
}

}  // namespace sotto
