#include "run/backends/cpu/steps/attention_step.h"

#include <algorithm>
#include <utility>

namespace sotto::cpu {
namespace {

enum Place : std::size_t {
  kQuery,
  kKey,
  kValue,
  kMask,
  kOutput,
  kPackedKeys,
  kPackedValues,
  kScratch
};

// Queries of a block: a multiple of the rows that the kernels take at once, enough of them that a
// head's keys are not read too often, few enough that threads are done at about the same time.
constexpr std::int64_t kBlockRows = 120;

std::size_t heads_bytes(const Operand& stack, Element element, std::int64_t keys,
                        std::int64_t width) {
  return static_cast<std::size_t>(stack.layout.shape[0]) * packed_head_bytes(element, keys, width);
}

std::size_t block_scratch(const AttentionOperands& operands) {
  return query_block_scratch(operands.query.element, kBlockRows, operands.query.layout.shape[2],
                             operands.value.layout.shape[2]);
}

std::vector<Storage> storages(const AttentionOperands& operands, int threads, Buffers& buffers) {
  const Element element = operands.query.element;
  const std::int64_t keys = operands.key.layout.shape[2];
  return {operands.query.storage,
          operands.key.storage,
          operands.value.storage,
          storage_of(operands.mask),
          operands.output.storage,
          buffers.add(heads_bytes(operands.key, element, keys, operands.key.layout.shape[1])),
          buffers.add(heads_bytes(operands.value, element, keys, operands.value.layout.shape[2])),
          buffers.add(static_cast<std::size_t>(threads) * block_scratch(operands))};
}

std::int64_t offset_bytes(const Operand& stack, std::int64_t head) {
  return head * stack.layout.strides[0] * static_cast<std::int64_t>(bytes_of(stack.element));
}

}  // namespace

AttentionStep::AttentionStep(AttentionOperands operands, const Kernels& kernels, int threads,
                             Buffers& buffers)
    : Step(storages(operands, threads, buffers)),
      operands_(std::move(operands)),
      kernels_(kernels),
      heads_(operands_.query.layout.shape[0]),
      rows_(operands_.query.layout.shape[1]),
      keys_(operands_.key.layout.shape[2]),
      width_(operands_.query.layout.shape[2]),
      value_width_(operands_.value.layout.shape[2]),
      blocks_((rows_ + kBlockRows - 1) / kBlockRows),
      scratch_bytes_(block_scratch(operands_)) {}

void AttentionStep::run(ThreadPool& threads) {
  threads.share(2 * heads_, 1, [this](Share share, int) {
    for (std::int64_t i = share.first; i < share.last; ++i) {
      if (i % 2 == 0) {
        pack_keys(i / 2);
      } else {
        pack_values(i / 2);
      }
    }
  });
  threads.share(heads_ * blocks_, 1, [this](Share share, int thread) {
    std::byte* scratch = address(kScratch) + static_cast<std::size_t>(thread) * scratch_bytes_;
    for (std::int64_t task = share.first; task < share.last; ++task) attend(task, scratch);
  });
}

std::size_t AttentionStep::head_bytes(std::int64_t width) const {
  return packed_head_bytes(operands_.query.element, keys_, width);
}

void AttentionStep::pack_keys(std::int64_t head) const {
  const Operand& key = operands_.key;
  const HeadRows rows{address(kKey) + offset_bytes(key, head),
                      key.element,
                      keys_,
                      width_,
                      key.layout.strides[2],
                      key.layout.strides[1]};
  kernels_.pack_keys(operands_.query.element, rows,
                     address(kPackedKeys) + static_cast<std::size_t>(head) * head_bytes(width_));
}

void AttentionStep::pack_values(std::int64_t head) const {
  const Operand& value = operands_.value;
  const HeadRows rows{address(kValue) + offset_bytes(value, head),
                      value.element,
                      keys_,
                      value_width_,
                      value.layout.strides[1],
                      value.layout.strides[2]};
  kernels_.pack_values(
      operands_.query.element, rows,
      address(kPackedValues) + static_cast<std::size_t>(head) * head_bytes(value_width_));
}

void AttentionStep::attend(std::int64_t task, std::byte* scratch) const {
  const std::int64_t head = task / blocks_, first = task % blocks_ * kBlockRows;
  const auto matrix = [&](const Operand& stack, std::byte* at) {
    const Operand rows{
        {}, {{rows_, stack.layout.shape[2]}, {stack.layout.strides[1], 1}}, Element::f32};
    Rows part = rows_at(rows, at + offset_bytes(stack, head));
    return part_of(part, stack.element, first, 0);
  };
  QueryBlock block;
  block.query = matrix(operands_.query, address(kQuery));
  block.rows = std::min(kBlockRows, rows_ - first);
  block.width = width_;
  block.value_width = value_width_;
  block.keys = keys_;
  block.packed_keys = address(kPackedKeys) + static_cast<std::size_t>(head) * head_bytes(width_);
  block.packed_values =
      address(kPackedValues) + static_cast<std::size_t>(head) * head_bytes(value_width_);
  if (operands_.mask) {
    block.mask = floats(kMask) + first * keys_;
    block.mask_stride = keys_;
  }
  block.output = matrix(operands_.output, address(kOutput));
  block.output_element = operands_.output.element;
  if (block.output_element == Element::int8) {
    // Heads of one group each: the whole output's rows hold them side by side.
    block.output.scales = reinterpret_cast<float*>(address(kOutput) + operands_.output_scales) +
                          first * heads_ + head;
    block.output.scale_stride = heads_;
  }
  block.scratch = scratch;
  kernels_.attend(operands_.query.element, block);
}

}  // namespace sotto::cpu
