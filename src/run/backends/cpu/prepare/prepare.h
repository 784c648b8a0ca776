#pragma once

#include "run/backends/cpu/prepare/preparation.h"

namespace sotto::cpu {

/// Adds the steps of a node of a fused graph and says where its output lies. Throws unsupported for
/// what only lowering makes: graphs run here before it.
void prepare(const Node& node, Preparation& preparation);

// One overload per operation; `id` is where the result goes.

void prepare(const op::FusedLinear& linear, ValueId id, Preparation& preparation);
void prepare(const op::MatMul& product, ValueId id, Preparation& preparation);
void prepare(const op::ConvGelu& conv, ValueId id, Preparation& preparation);
void prepare(const op::Conv1d& conv, ValueId id, Preparation& preparation);

void prepare(const op::Attention& attention, ValueId id, Preparation& preparation);
void prepare(const op::CachedAttention& attention, ValueId id, Preparation& preparation);
void prepare(const op::KeepRows& keep, ValueId id, Preparation& preparation);
void prepare(const op::WindowAttention& attention, ValueId id, Preparation& preparation);

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

}  // namespace sotto::cpu
