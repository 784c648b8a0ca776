#include "run/backends/cpu/steps/refine_step.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <vector>

#include "core/base/mapped_file.h"

namespace sotto::cpu {
namespace {

enum Place : std::size_t { kInput, kOutput, kBias };

constexpr std::size_t kChunk = 64;

/// In lanes that compilers turn into vectors.
float largest_of(std::span<const float> values) {
  constexpr std::size_t kLanes = 16;
  std::array<float, kLanes> lanes;
  lanes.fill(-std::numeric_limits<float>::infinity());
  std::size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      lanes[lane] = values[i + lane] > lanes[lane] ? values[i + lane] : lanes[lane];
    }
  }
  float largest = *std::max_element(lanes.begin(), lanes.end());
  for (; i < values.size(); ++i) largest = std::max(largest, values[i]);
  return largest;
}

/// The places of the largest values, kMost at most and none below the largest by more than kReach.
std::vector<std::size_t> places_of_largest(std::span<const float> values) {
  std::vector<float> chunks;  // the largest of each
  for (std::size_t first = 0; first < values.size(); first += kChunk) {
    chunks.push_back(largest_of(values.subspan(first, std::min(kChunk, values.size() - first))));
  }
  const float least = largest_of(chunks) - RefineStep::kReach;
  std::vector<std::size_t> places;
  for (std::size_t chunk = 0; chunk < chunks.size(); ++chunk) {
    if (!(chunks[chunk] >= least)) continue;
    const std::size_t last = std::min((chunk + 1) * kChunk, values.size());
    for (std::size_t i = chunk * kChunk; i < last; ++i) {
      if (values[i] >= least) places.push_back(i);
    }
  }
  if (places.size() <= RefineStep::kMost) return places;
  const auto end = places.begin() + RefineStep::kMost;
  std::nth_element(places.begin(), end, places.end(), [&](std::size_t a, std::size_t b) {
    return values[a] != values[b] ? values[a] > values[b] : a < b;
  });
  places.erase(end, places.end());
  return places;
}

/// Sums of as many lanes as the vectors of any processor have.
float product_of(std::span<const float> a, std::span<const float> b) {
  constexpr std::size_t kLanes = 16;
  std::array<float, kLanes> lanes{};
  std::size_t i = 0;
  for (; i + kLanes <= a.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += a[i + lane] * b[i + lane];
  }
  const float sum = std::accumulate(lanes.begin(), lanes.end(), 0.0F);
  return std::inner_product(a.begin() + static_cast<std::ptrdiff_t>(i), a.end(),
                            b.begin() + static_cast<std::ptrdiff_t>(i), sum);
}

}  // namespace

RefineStep::RefineStep(Operands operands)
    : Step({operands.input.storage, operands.output.storage, operands.bias}),
      operands_(std::move(operands)),
      depth_(operands_.input.layout.shape[1]),
      columns_(operands_.output.layout.shape[1]) {}

void RefineStep::run(ThreadPool& threads) {
  threads.share(operands_.input.layout.shape[0], 1, [this](Share rows, int) {
    for (std::int64_t row = rows.first; row < rows.last; ++row) refine_row(row);
  });
  leave_mapped_pages(operands_.weights.data, span_bytes(operands_.weights));
}

void RefineStep::refine_row(std::int64_t row) const {
  const std::span<const float> input(floats(kInput) + row * operands_.input.layout.strides[0],
                                     static_cast<std::size_t>(depth_));
  const std::span<float> output(floats(kOutput) + row * operands_.output.layout.strides[0],
                                static_cast<std::size_t>(columns_));
  std::vector<float> weights(input.size());
  for (const std::size_t place : places_of_largest(output)) {
    read_float32(operands_.weights, static_cast<std::int64_t>(place) * depth_, weights);
    float sum = product_of(input, weights);
    if (address(kBias) != nullptr) sum += floats(kBias)[place];
    output[place] = sum * operands_.factor;
  }
}

}  // namespace sotto::cpu
