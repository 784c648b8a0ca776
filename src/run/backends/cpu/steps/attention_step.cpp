#include "run/backends/cpu/steps/attention_step.h"

#include <algorithm>
#include <array>
#include <omp.h>

namespace sotto::cpu {
namespace {

using dnnl::matmul;
using dnnl::memory;

// Scores of a block should stay in a core's second-level cache beside the keys that it reads.
constexpr std::int64_t kScoresBytes = std::int64_t{1024} << 10;
constexpr std::int64_t kFewestRows = 16;

std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

std::size_t aligned(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

/// One head's matrix of a stack.
Layout matrix(const Layout& stack) {
  return {{stack.shape[1], stack.shape[2]}, {stack.strides[1], stack.strides[2]}};
}

Layout first_rows(Layout layout, std::int64_t rows) {
  layout.shape[0] = rows;
  return layout;
}

template <std::size_t N>
dnnl_status_t execute(const dnnl::primitive& primitive, const OneDnn& onednn,
                      const std::array<dnnl_exec_arg_t, N>& arguments) {
  return dnnl_primitive_execute(primitive.get(), onednn.stream.get(), static_cast<int>(N),
                                arguments.data());
}

dnnl_status_t first_failure(std::initializer_list<dnnl_status_t> statuses) {
  for (const dnnl_status_t status : statuses) {
    if (status != dnnl_success) return status;
  }
  return dnnl_success;
}

}  // namespace

AttentionStep::AttentionStep(AttentionOperands operands, const OneDnn& onednn, Buffers& buffers)
    : onednn_(onednn),
      operands_(std::move(operands)),
      heads_(operands_.query.layout.shape[0]),
      rows_(operands_.query.layout.shape[1]),
      keys_(operands_.key.layout.shape[2]),
      threads_(omp_get_max_threads()) {
  choose_blocks();
  const SingleThreaded guard;
  whole_ = make_block(block_rows_);
  rest_ = make_block(rows_ - (blocks_ - 1) * block_rows_);
  worker_bytes_ = aligned(whole_.scores_desc.dst_desc().get_size()) + scratchpad_bytes();
  worker_memory_ = buffers.add(static_cast<std::size_t>(threads_) * worker_bytes_);
}

// As few blocks as the cache allows, but enough for every thread to have one.
void AttentionStep::choose_blocks() {
  const std::int64_t row_bytes = keys_ * static_cast<std::int64_t>(sizeof(float));
  const std::int64_t most_rows = std::max(kFewestRows, kScoresBytes / row_bytes);
  const std::int64_t most_blocks = divide_up(rows_, kFewestRows);
  const std::int64_t wanted =
      std::max(divide_up(rows_, most_rows), std::min(most_blocks, divide_up(threads_, heads_)));
  block_rows_ = divide_up(rows_, wanted);
  blocks_ = divide_up(rows_, block_rows_);
}

AttentionStep::Block AttentionStep::make_block(std::int64_t rows) const {
  Block block;
  const Layout query = first_rows(matrix(operands_.query.layout), rows);
  const Layout key = matrix(operands_.key.layout);
  const Layout value = matrix(operands_.value.layout);
  const Layout output = first_rows(matrix(operands_.output.layout), rows);
  const memory::desc scores = describe(dense_layout({rows, keys_}));

  dnnl::primitive_attr masked = strict_attributes();
  if (operands_.mask) {
    dnnl::post_ops add;
    add.append_binary(dnnl::algorithm::binary_add, scores);
    masked.set_post_ops(add);
  }
  block.scores_desc = {{describe(query), describe(key), scores}, masked, onednn_.engine};
  block.softmax_desc = {
      {dnnl::prop_kind::forward_inference, scores, 1}, strict_attributes(), onednn_.engine};
  block.mixed_desc = {
      {scores, describe(value), describe(output)}, strict_attributes(), onednn_.engine};
  block.scores = matmul(block.scores_desc);
  block.softmax = dnnl::softmax_forward(block.softmax_desc);
  block.mixed = matmul(block.mixed_desc);
  return block;
}

std::size_t AttentionStep::scratchpad_bytes() const {
  std::size_t bytes = 0;
  for (const Block* block : {&whole_, &rest_}) {
    bytes = std::max({bytes, block->scores_desc.scratchpad_desc().get_size(),
                      block->softmax_desc.scratchpad_desc().get_size(),
                      block->mixed_desc.scratchpad_desc().get_size()});
  }
  return aligned(bytes);
}

std::vector<Storage> AttentionStep::touched() const {
  std::vector<Storage> storages{operands_.query.storage, operands_.key.storage,
                                operands_.value.storage, operands_.output.storage,
                                Storage{worker_memory_}};
  if (operands_.mask) storages.push_back(operands_.mask->storage);
  return storages;
}

AttentionStep::Window AttentionStep::make_window(const Block& block, std::byte* memory) const {
  const dnnl::engine& engine = onednn_.engine;
  std::byte* scratch = memory + aligned(whole_.scores_desc.dst_desc().get_size());
  const memory::desc scores = block.scores_desc.dst_desc();
  return {{block.scores_desc.src_desc(), engine, addresses_.query},
          {scores, engine, addresses_.mask},
          {scores, engine, memory},
          {block.mixed_desc.dst_desc(), engine, addresses_.output},
          {block.scores_desc.scratchpad_desc(), engine, scratch},
          {block.softmax_desc.scratchpad_desc(), engine, scratch},
          {block.mixed_desc.scratchpad_desc(), engine, scratch}};
}

void AttentionStep::bind_heads(const AddressOf& address_of) {
  const auto matrix_of = [&](const Operand& stack, std::int64_t head) {
    float* address = address_of(stack.storage) + head * stack.layout.strides[0];
    return dnnl::memory(describe(matrix(stack.layout)), onednn_.engine, address);
  };
  head_memories_.clear();
  for (std::int64_t head = 0; head < heads_; ++head) {
    head_memories_.push_back({matrix_of(operands_.key, head), matrix_of(operands_.value, head)});
  }
}

void AttentionStep::bind(const AddressOf& address_of) {
  addresses_ = {address_of(operands_.query.storage),
                operands_.mask ? address_of(operands_.mask->storage) : nullptr,
                address_of(operands_.output.storage)};
  bind_heads(address_of);
  workers_.clear();
  auto* memory = reinterpret_cast<std::byte*>(address_of(worker_memory_));
  for (int thread = 0; thread < threads_; ++thread, memory += worker_bytes_) {
    workers_.push_back({make_window(whole_, memory), make_window(rest_, memory), dnnl_success});
  }
}

dnnl_status_t AttentionStep::attend(Worker& worker, std::int64_t task) noexcept {
  const std::int64_t index = task / blocks_;
  const std::int64_t row = task % blocks_ * block_rows_;
  const bool is_last = row + block_rows_ >= rows_;
  const Block& block = is_last ? rest_ : whole_;
  const Window& window = is_last ? worker.rest : worker.whole;
  const Head& head = head_memories_[static_cast<std::size_t>(index)];
  const auto at = [&](float* base, const Layout& layout) {
    return base + index * layout.strides[0] + row * layout.strides[1];
  };
  float* mask = addresses_.mask != nullptr ? addresses_.mask + row * keys_ : nullptr;
  return first_failure(
      {dnnl_memory_set_data_handle(window.query.get(),
                                   at(addresses_.query, operands_.query.layout)),
       dnnl_memory_set_data_handle(window.mask.get(), mask),
       dnnl_memory_set_data_handle(window.output.get(),
                                   at(addresses_.output, operands_.output.layout)),
       execute<5>(block.scores, onednn_,
                  {{{DNNL_ARG_SRC, window.query.get()},
                    {DNNL_ARG_WEIGHTS, head.key.get()},
                    {DNNL_ARG_DST, window.scores.get()},
                    {DNNL_ARG_SCRATCHPAD, window.scores_scratch.get()},
                    {DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, window.mask.get()}}}),
       execute<3>(block.softmax, onednn_,
                  {{{DNNL_ARG_SRC, window.scores.get()},
                    {DNNL_ARG_DST, window.scores.get()},
                    {DNNL_ARG_SCRATCHPAD, window.softmax_scratch.get()}}}),
       execute<4>(block.mixed, onednn_,
                  {{{DNNL_ARG_SRC, window.scores.get()},
                    {DNNL_ARG_WEIGHTS, head.value.get()},
                    {DNNL_ARG_DST, window.output.get()},
                    {DNNL_ARG_SCRATCHPAD, window.mixed_scratch.get()}}})});
}

// Nothing may be thrown out of a parallel region, so each thread keeps its first failure.
void AttentionStep::run() {
  const std::int64_t tasks = heads_ * blocks_;
#pragma omp parallel num_threads(threads_)
  {
    Worker& worker = workers_[static_cast<std::size_t>(omp_get_thread_num())];
#pragma omp for schedule(static)
    for (std::int64_t task = 0; task < tasks; ++task) {
      const dnnl_status_t status = attend(worker, task);
      if (worker.status == dnnl_success) worker.status = status;
    }
  }
  for (const Worker& worker : workers_) {
    dnnl::error::wrap_c_api(worker.status, "attention could not be computed");
  }
}

std::string AttentionStep::implementation() const {
  std::string names;
  for (const Block* block : {&whole_, &rest_}) {
    names += std::string(names.empty() ? "" : ", ") + block->scores_desc.impl_info_str() + ", " +
             block->softmax_desc.impl_info_str() + ", " + block->mixed_desc.impl_info_str();
  }
  return names;
}

}  // namespace sotto::cpu
