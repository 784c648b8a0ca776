#pragma once

#include "run/backends/cpu/prepare/fusing.h"
#include "run/backends/cpu/prepare/preparation.h"

namespace sotto::cpu {

/// Adds the steps of a unit and says where its output lies.
void prepare(const Unit& unit, Preparation& preparation);

// One overload per operation that stands alone or leads a chain; `id` is where the result goes.

void prepare(const op::Conv1d& conv, const Chain& chain, Preparation& preparation);
void prepare(const op::Linear& linear, const Chain& chain, Preparation& preparation);
void prepare(const op::MatMul& product, const Chain& chain, Preparation& preparation);

void prepare(const op::Softmax& softmax, ValueId id, Preparation& preparation);
void prepare(const op::LayerNorm& norm, ValueId id, Preparation& preparation);
void prepare(const op::Gelu& gelu, ValueId id, Preparation& preparation);
void prepare(const op::Scale& scale, ValueId id, Preparation& preparation);
void prepare(const op::Add& add, ValueId id, Preparation& preparation);

void prepare(const op::Reshape& reshaped, ValueId id, Preparation& preparation);
void prepare(const op::Transpose& transpose, ValueId id, Preparation& preparation);
void prepare(const op::TakeLike& take, ValueId id, Preparation& preparation);

void prepare(const op::Concat& joined, ValueId id, Preparation& preparation);
void prepare(const op::Slice& slice, ValueId id, Preparation& preparation);

/// Throws unsupported: graphs run here before lowering.
void refuse_lowered(const Op& op, ValueId id, Preparation& preparation);
void prepare(const op::Lowered auto& lowered, ValueId id, Preparation& preparation) {
  refuse_lowered(lowered, id, preparation);
}

void prepare(const op::CachedAttention& attention, ValueId id, Preparation& preparation);
void prepare(const op::KeepRows& keep, ValueId id, Preparation& preparation);
void prepare(const op::WindowAttention& attention, ValueId id, Preparation& preparation);

void prepare(const Attention& attention, Preparation& preparation);

}  // namespace sotto::cpu
