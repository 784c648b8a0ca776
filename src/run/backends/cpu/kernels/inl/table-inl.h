#pragma once

// The table of one instruction set: SOTTO_ISA and SOTTO_LANES say which, SOTTO_FAST_BF16 whether it
// is good at bfloat16.

#include "run/backends/cpu/kernels/inl/attention-inl.h"
#include "run/backends/cpu/kernels/inl/product-inl.h"
#include "run/backends/cpu/kernels/inl/row_attention-inl.h"
#include "run/backends/cpu/kernels/inl/row_product-inl.h"
#include "run/backends/cpu/kernels/inl/rows-inl.h"
#include "run/backends/cpu/kernels/inl/vectors-inl.h"
#include "run/backends/cpu/kernels/inl/window_attention-inl.h"
#include "run/backends/cpu/kernels/isa/tables.h"

#define SOTTO_TEXT_OF(name) #name
#define SOTTO_TEXT(name) SOTTO_TEXT_OF(name)

namespace sotto::cpu::SOTTO_ISA {

constinit const Kernels table = {
    .name = SOTTO_TEXT(SOTTO_ISA),
    .fast_bf16 = SOTTO_FAST_BF16,
    // products
    .product = product,

    // row products
    .row_product_f32 = row_product_f32,
#if defined(SOTTO_READS_F16)
    .row_product_f16 = row_product_f16,
#endif
    .row_product_int8 = row_product_int8,
    .make_fine = make_fine,

    // attention
    .pack_keys = pack_keys,
    .pack_values = pack_values,
    .attend = attend,

    // window attention
    .keep_keys = keep_keys,
    .keep_values = keep_values,
    .attend_window = attend_window,
    .attend_row = attend_row,

    // rows
    .layer_norm = layer_norm,
    .convert = convert,
    .softmax = softmax,
    .gelu = gelu_values,
    .scale = scale,
    .add = add,
};

}  // namespace sotto::cpu::SOTTO_ISA
