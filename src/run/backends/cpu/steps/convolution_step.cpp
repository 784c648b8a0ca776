#include "run/backends/cpu/steps/convolution_step.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/aligned_memory.h"

namespace sotto::cpu {
namespace {

enum Place : std::size_t { kInput, kWeights, kBias, kOutput, kScratch };

std::size_t scratch_bytes(const ConvolutionOperands& operands) {
  const auto row = static_cast<std::size_t>(operands.taps * operands.input.layout.shape[1]);
  return kProductScratch + aligned_size(row * bytes_of(operands.input.element));
}

}  // namespace

ConvolutionStep::ConvolutionStep(ConvolutionOperands operands, const Kernels& kernels, int threads,
                                 Buffers& buffers)
    : Step({operands.input.storage, operands.weights, operands.bias, operands.output.storage,
            buffers.add(static_cast<std::size_t>(threads) * scratch_bytes(operands))}),
      operands_(std::move(operands)),
      kernels_(kernels),
      places_(operands_.input.layout.shape[0]),
      channels_(operands_.input.layout.shape[1]),
      rows_(operands_.output.layout.shape[0]) {
  const std::int64_t stride = operands_.stride, padding = operands_.padding;
  inner_.first = std::min(rows_, (padding + stride - 1) / stride);
  const std::int64_t last_begin = places_ - operands_.taps + padding;  // of a row that fits
  inner_.last = last_begin < 0 ? inner_.first : std::min(rows_, last_begin / stride + 1);
  inner_.last = std::max(inner_.first, inner_.last);
}

void ConvolutionStep::run(ThreadPool& threads) {
  constexpr std::int64_t kUnit = 6;
  threads.share(rows_, kUnit, [this](Share rows, int thread) {
    std::byte* scratch =
        address(kScratch) + static_cast<std::size_t>(thread) * scratch_bytes(operands_);
    const Share inner{std::max(rows.first, inner_.first), std::min(rows.last, inner_.last)};
    if (inner.first < inner.last) {
      const std::int64_t first = (inner.first * operands_.stride - operands_.padding) * channels_;
      Rows input =
          part_of(rows_at(operands_.input, address(kInput)), operands_.input.element, 0, first);
      input.stride = operands_.stride * channels_;
      multiply(input, inner, scratch);
    }
    for (std::int64_t row = rows.first; row < rows.last; ++row) {
      if (row >= inner_.first && row < inner_.last) continue;
      multiply(padded_row(row, scratch + kProductScratch), {row, row + 1}, scratch);
    }
  });
}

Rows ConvolutionStep::padded_row(std::int64_t row, std::byte* memory) const {
  const std::size_t place_bytes =
      static_cast<std::size_t>(channels_) * bytes_of(operands_.input.element);
  std::memset(memory, 0, static_cast<std::size_t>(operands_.taps) * place_bytes);
  for (std::int64_t tap = 0; tap < operands_.taps; ++tap) {
    const std::int64_t place = row * operands_.stride - operands_.padding + tap;
    if (place < 0 || place >= places_) continue;
    std::memcpy(memory + static_cast<std::size_t>(tap) * place_bytes,
                address(kInput) + static_cast<std::size_t>(place) * place_bytes, place_bytes);
  }
  return {memory, depth(), nullptr, 0};
}

void ConvolutionStep::multiply(Rows input, Share rows, std::byte* scratch) const {
  Product product;
  product.input = input;
  product.rows = rows.last - rows.first;
  product.depth = depth();
  product.panels = address(kWeights);
  product.columns = operands_.output.layout.shape[1];
  product.bias = floats(kBias);
  product.gelu = operands_.has_gelu;
  product.output_element = operands_.output.element;
  product.output =
      part_of(rows_at(operands_.output, address(kOutput)), product.output_element, rows.first, 0);
  product.scratch = scratch;
  kernels_.product(operands_.input.element, product);
}

}  // namespace sotto::cpu
