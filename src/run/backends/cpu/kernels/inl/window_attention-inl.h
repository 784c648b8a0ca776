#pragma once

// Keys of a head are panels of 64 places by the width, as for products: in bytes with a scale for
// each place and 64 of the width. Values are, for each 64 places, 64 scales (bfloat16) and then
// bytes [16][64][4] for each 64 of the width; float32 ones [places][64] for each 64 of the width.

#include "run/backends/cpu/kernels/inl/exponential-inl.h"
#include "run/backends/cpu/kernels/inl/panel_rows-inl.h"
#include "run/backends/cpu/kernels/window_attention.h"

namespace sotto::cpu::SOTTO_ISA {
namespace {

constexpr std::int64_t kWindowRows = 8;  // queries that share a reading of keys and values
constexpr std::int64_t kFloatGroupBytes = 4 * kColumns * kColumns;

SOTTO_INLINE std::int64_t window_groups(std::int64_t values) {
  return (values + kColumns - 1) / kColumns;
}
SOTTO_INLINE std::int64_t at_most(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

// Keeping

/// A scale as bfloat16, rounded up so that no byte gets above 127, and what makes bytes of values.
struct ByteScale {
  std::uint16_t bits;
  float factor;
};
SOTTO_INLINE ByteScale byte_scale(Ints largest) {
  const std::int32_t most_bits = max_of(largest);
  if (most_bits >= kNoNumber) return {.bits = 0x7FC0U, .factor = 0.0F};
  const float most = same_bits<float>(most_bits);
  if (most <= 1e-30F) return {.bits = 0, .factor = 0.0F};
  const std::uint32_t bits = (same_bits<std::uint32_t>(most / 127.0F) + 0xFFFFU) & 0xFFFF0000U;
  return {.bits = static_cast<std::uint16_t>(bits >> 16), .factor = 1.0F / same_bits<float>(bits)};
}

/// The byte + 128, at its place in a quad.
SOTTO_INLINE Ints byte_at(Floats values, std::int64_t place) {
  return ((rounded(values) + 128) & 0xFF) << (8 * place);
}

/// 64 values of a place to its column of a panel's group.
SOTTO_INLINE void keep_key_group(const float* values, std::byte* column, std::byte* scale) {
  Ints most = {};
  for (std::int64_t i = 0; i < kColumns; i += kLanes) {
    most = max_ints(most, magnitude_bits(load(values + i)));
  }
  const ByteScale by = byte_scale(most);
  __builtin_memcpy(scale, &by.bits, sizeof by.bits);
  std::int32_t quads[kQuads];
  for (std::int64_t i = 0; i < kQuads; i += kLanes) {
    Ints quad = {};
    for (std::int64_t part = 0; part < 4; ++part) {
      quad |= byte_at(load(values + kQuads * part + i) * by.factor, part);
    }
    store(quad, quads + i);
  }
  for (std::int64_t quad = 0; quad < kQuads; ++quad) {
    __builtin_memcpy(column + 4 * kColumns * quad, quads + quad, 4);
  }
}

/// Up to 64 values, with zeros behind them; null has none.
SOTTO_INLINE void pad(const float* from, std::int64_t count, float* to) {
  for (std::int64_t i = 0; i < kColumns; ++i) to[i] = 0.0F;
  if (from != nullptr) copy_floats(from, at_most(count, kColumns), to);
}

void keep_byte_keys(const WindowRows& rows) {
  const std::int64_t groups = window_groups(rows.form.width);
  std::byte* panel = rows.head;
  for (std::int64_t first = 0; first < rows.form.places; first += kColumns) {
    for (std::int64_t group = 0; group < groups; ++group, panel += kGroupBytes + 2 * kColumns) {
      for (std::int64_t column = 0; column < kColumns; ++column) {
        const std::int64_t place = first + column;
        const float* row = rows.rows + place * rows.stride + group * kColumns;
        alignas(64) float values[kColumns];
        pad(place < rows.form.places ? row : nullptr, rows.form.width - group * kColumns, values);
        keep_key_group(values, panel + 4 * column, panel + kGroupBytes + 2 * column);
      }
    }
  }
}

void keep_float_keys(const WindowRows& rows) {
  auto* panel = reinterpret_cast<float*>(rows.head);
  for (std::int64_t first = 0; first < rows.form.places; first += kColumns) {
    for (std::int64_t column = 0; column < kColumns; ++column) {
      const std::int64_t place = first + column;
      const bool is_there = place < rows.form.places;
      const float* row = rows.rows + (is_there ? place : 0) * rows.stride;
      for (std::int64_t i = 0; i < rows.form.width; ++i) {
        panel[i * kColumns + column] = is_there ? row[i] : 0.0F;
      }
    }
    panel += rows.form.width * kColumns;
  }
}

void keep_keys(const WindowRows& rows) {
  if (rows.form.element == Element::int8) return keep_byte_keys(rows);
  keep_float_keys(rows);
}

/// 64 columns of the 64 places from `first` on.
SOTTO_INLINE void keep_value_group(const WindowRows& rows, std::int64_t first, std::int64_t column,
                                   const float* factors, std::byte* bytes) {
  for (std::int64_t quad = 0; quad < kQuads; ++quad, bytes += 4 * kColumns) {
    alignas(64) float values[4][kColumns];
    for (std::int64_t part = 0; part < 4; ++part) {
      const std::int64_t place = first + kQuads * part + quad;
      pad(place < rows.form.places ? rows.rows + place * rows.stride + column : nullptr,
          rows.form.width - column, values[part]);
    }
    for (std::int64_t i = 0; i < kColumns; i += kLanes) {
      Ints words = {};
      for (std::int64_t part = 0; part < 4; ++part) {
        words |= byte_at(load(values[part] + i) * factors[kQuads * part + quad], part);
      }
      store(words, bytes + 4 * i);
    }
  }
}

/// The factors of 64 places, and their scales.
SOTTO_INLINE void value_factors(const WindowRows& rows, std::int64_t first, float* factors,
                                std::byte* scales) {
  for (std::int64_t i = 0; i < kColumns; ++i) {
    Ints most = {};
    for (std::int64_t column = 0; first + i < rows.form.places && column < rows.form.width;
         column += kColumns) {
      alignas(64) float values[kColumns];
      pad(rows.rows + (first + i) * rows.stride + column, rows.form.width - column, values);
      for (std::int64_t at = 0; at < kColumns; at += kLanes) {
        most = max_ints(most, magnitude_bits(load(values + at)));
      }
    }
    const ByteScale by = byte_scale(most);
    factors[i] = by.factor;
    __builtin_memcpy(scales + 2 * i, &by.bits, sizeof by.bits);
  }
}

void keep_byte_values(const WindowRows& rows) {
  std::byte* to = rows.head;
  for (std::int64_t first = 0; first < rows.form.places; first += kColumns) {
    float factors[kColumns];
    value_factors(rows, first, factors, to);
    to += 2 * kColumns;
    for (std::int64_t column = 0; column < rows.form.width; column += kColumns) {
      keep_value_group(rows, first, column, factors, to);
      to += kGroupBytes;
    }
  }
}

void keep_float_values(const WindowRows& rows) {
  auto* to = reinterpret_cast<float*>(rows.head);
  for (std::int64_t column = 0; column < rows.form.width; column += kColumns) {
    for (std::int64_t place = 0; place < rows.form.places; ++place, to += kColumns) {
      pad(rows.rows + place * rows.stride + column, rows.form.width - column, to);
    }
  }
}

void keep_values(const WindowRows& rows) {
  if (rows.form.element == Element::int8) return keep_byte_values(rows);
  keep_float_values(rows);
}

// Attending

/// What up to kWindowRows queries have in the scratch memory.
struct WindowBlock {
  std::int64_t rows;
  float* scores;               ///< [groups of places][rows][64]
  float* sums;                 ///< [groups of the width][rows][64]
  FineGroup* fine;             ///< [rows][groups of the width]
  Floats shares[kWindowRows];  ///< sums of the softmax's weights
  float most[kWindowRows];
  float bad[kWindowRows];  ///< NaN where a score is no finite number, else 0
};

SOTTO_INLINE void score(const WindowQueries& queries, WindowBlock& block) {
  const WindowForm& form = queries.form;
  const std::int64_t groups = window_groups(form.width);
  const bool is_fine = form.element == Element::int8;
  for (std::int64_t row = 0; is_fine && row < block.rows; ++row) {
    make_fine_row(queries.query + row * queries.stride, form.width, block.fine + row * groups);
  }
  const std::byte* panel = queries.keys;
  float* scores = block.scores;
  for (std::int64_t first = 0; first < form.places; first += kColumns) {
    for (std::int64_t i = 0; i < block.rows * kColumns; i += kLanes) store(Floats{}, scores + i);
    if (is_fine) {
      add_byte_panel(block.fine, groups, block.rows, panel, scores);
      panel += groups * (kGroupBytes + 2 * kColumns);
    } else {
      add_panel(PanelRows<float>{.input = queries.query,
                                 .input_stride = queries.stride,
                                 .depth = form.width,
                                 .panel = reinterpret_cast<const float*>(panel),
                                 .sums = scores},
                block.rows);
      panel += form.width * kColumns * 4;
    }
    scores += block.rows * kColumns;
  }
}

/// Takes each row's largest score; places that are none get the least of all.
SOTTO_INLINE void take_largest(const WindowForm& form, WindowBlock& block) {
  const std::int64_t groups = window_groups(form.places);
  for (std::int64_t row = 0; row < block.rows; ++row) {
    float* scores = block.scores + row * kColumns;
    float* last = scores + (groups - 1) * block.rows * kColumns;
    for (std::int64_t i = form.places - (groups - 1) * kColumns; i < kColumns; ++i) {
      last[i] = -__FLT_MAX__;
    }
    Floats most = set(-__FLT_MAX__), bad = {};
    for (std::int64_t group = 0; group < groups; ++group, scores += block.rows * kColumns) {
      for (std::int64_t i = 0; i < kColumns; i += kLanes) {
        most = max(most, load(scores + i));
        bad += load(scores + i) * 0.0F;
      }
    }
    block.most[row] = max_of(most);
    block.bad[row] = sum_of(bad);
    block.shares[row] = Floats{};
  }
}

/// 64 scores of a row to weights that lack their common divisor.
SOTTO_INLINE FineValues weigh(WindowBlock& block, std::int64_t row, const float* scores) {
  FineValues group = load_group(scores);
  for (Floats& vector : group.vectors) {
    vector = power_of_two<ExactPower>((vector - block.most[row]) * kLog2E);
    block.shares[row] += vector;
  }
  return group;
}

SOTTO_INLINE void mix_bytes(const WindowForm& form, WindowBlock& block, const std::byte* values) {
  const float* scores = block.scores;
  for (std::int64_t first = 0; first < form.places; first += kColumns) {
    FineGroup fine[kWindowRows];
    for (std::int64_t row = 0; row < block.rows; ++row, scores += kColumns) {
      FineValues group = weigh(block, row, scores);
      for (std::int64_t i = 0; i < kColumns / kLanes; ++i) {
        group.vectors[i] *= load_scales(values, i * kLanes);
      }
      make_group(group, fine[row]);
    }
    values += 2 * kColumns;
    float* sums = block.sums;
    for (std::int64_t column = 0; column < form.width; column += kColumns) {
      add_group(
          {.fine = fine, .fine_stride = 1, .weights = values, .scales = nullptr, .sums = sums},
          block.rows);
      values += kGroupBytes;
      sums += block.rows * kColumns;
    }
  }
}

SOTTO_INLINE void mix_floats(const WindowForm& form, WindowBlock& block, const std::byte* values) {
  float* scores = block.scores;
  const auto* rows = reinterpret_cast<const float*>(values);
  for (std::int64_t first = 0; first < form.places; first += kColumns) {
    for (std::int64_t row = 0; row < block.rows; ++row) {
      const FineValues group = weigh(block, row, scores + row * kColumns);
      store(group, scores + row * kColumns);
    }
    for (std::int64_t group = 0; group < window_groups(form.width); ++group) {
      add_panel(PanelRows<float>{.input = scores,
                                 .input_stride = kColumns,
                                 .depth = at_most(form.places - first, kColumns),
                                 .panel = rows + (group * form.places + first) * kColumns,
                                 .sums = block.sums + group * block.rows * kColumns},
                block.rows);
    }
    scores += block.rows * kColumns;
  }
}

SOTTO_INLINE void attend_block(const WindowQueries& queries, WindowBlock& block) {
  const WindowForm& form = queries.form;
  const std::int64_t groups = window_groups(form.width);
  score(queries, block);
  take_largest(form, block);
  for (std::int64_t i = 0; i < groups * block.rows * kColumns; i += kLanes) {
    store(Floats{}, block.sums + i);
  }
  if (form.element == Element::int8) {
    mix_bytes(form, block, queries.values);
  } else {
    mix_floats(form, block, queries.values);
  }
  for (std::int64_t row = 0; row < block.rows; ++row) {
    const float factor = 1.0F / sum_of(block.shares[row]) + block.bad[row];
    for (std::int64_t group = 0; group < groups; ++group) {
      float* sums = block.sums + (group * block.rows + row) * kColumns;
      for (std::int64_t i = 0; i < kColumns; i += kLanes) store(load(sums + i) * factor, sums + i);
      const std::int64_t column = group * kColumns;
      copy_floats(sums, at_most(form.width - column, kColumns),
                  queries.output + row * queries.output_stride + column);
    }
  }
}

void attend_window(const WindowQueries& queries) {
  const WindowForm& form = queries.form;
  const std::int64_t most = at_most(queries.count, kWindowRows);
  WindowBlock block;
  block.scores = reinterpret_cast<float*>(queries.scratch);
  block.sums = block.scores + window_groups(form.places) * most * kColumns;
  block.fine =
      reinterpret_cast<FineGroup*>(block.sums + window_groups(form.width) * most * kColumns);
  WindowQueries some = queries;
  for (std::int64_t first = 0; first < queries.count; first += kWindowRows) {
    block.rows = at_most(queries.count - first, kWindowRows);
    some.query = queries.query + first * queries.stride;
    some.output = queries.output + first * queries.output_stride;
    attend_block(some, block);
  }
}

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA
