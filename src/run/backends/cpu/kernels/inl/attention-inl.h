#pragma once

// Attention of a block of queries: kRegisterRows of them at a time over a tile of keys and values,
// up to kAttentionRows over a tile before the next one. A row's arithmetic is the same whatever
// rows are beside it.

#include "run/backends/cpu/kernels/inl/attention_packing-inl.h"

namespace sotto::cpu::SOTTO_ISA {
namespace {

/// Rows of a block that go over the tiles together, and their memory.
struct QueryRows {
  const QueryBlock& block;
  AttentionScratch layout;
  std::int64_t first;  ///< of the block
  std::int64_t count;

  std::byte* query(std::int64_t row) const {
    return block.scratch + layout.queries + row * layout.query_stride;
  }
  float* output(std::int64_t row) const {
    return floats(layout.outputs) + row * layout.value_stride;
  }
  float* total(std::int64_t row) const { return floats(layout.totals) + row * kMostLanes; }
  float* largest(std::int64_t row) const { return floats(layout.largest) + row; }
  float* scores() const { return floats(layout.scores); }
  /// Where there are fewer rows than the registers have place for, the last one stands in.
  const float* mask(std::int64_t row) const {
    return block.mask + (first + (row < count ? row : count - 1)) * block.mask_stride;
  }

 private:
  float* floats(std::int64_t at) const { return reinterpret_cast<float*>(block.scratch + at); }
};

/// Where kRows rows and a tile of keys meet.
struct KeyTile {
  std::int64_t row;    ///< of QueryRows
  std::int64_t key;    ///< the first
  std::int64_t count;  ///< of keys
};

template <class Form>
struct Weights;
template <>
struct Weights<FloatForm> {
  static std::byte* of(const QueryRows& rows) {  // in place
    return reinterpret_cast<std::byte*>(rows.scores());
  }
};
template <>
struct Weights<HalfForm> {
  static std::byte* of(const QueryRows& rows) { return rows.block.scratch + rows.layout.weights; }
};

/// Scores of one panel of keys, at `key` of the tile, which has `left` keys from there on: −∞ where
/// there is no key.
template <class Form, int kRows, int kVectors>
void score_panel(const QueryRows& rows, const KeyTile& tile, std::int64_t key,
                 Floats (&largest)[kRows]) {
  const std::int64_t steps = (rows.block.width + Form::kPack - 1) / Form::kPack;
  Floats sums[kRows][kVectors];
  multiply_panel<Form>({rows.query(tile.row), rows.layout.query_stride,
                        rows.block.packed_keys + 4 * steps * (tile.key + key), steps},
                       sums);
  const std::int64_t left = tile.count - key;
  SOTTO_UNROLL
  for (int row = 0; row < kRows; ++row) {
    float* to = rows.scores() + row * Form::kTileKeys + key;
    const float* mask =
        rows.block.mask == nullptr ? nullptr : rows.mask(tile.row + row) + tile.key + key;
    SOTTO_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      Floats score = sums[row][v];
      if (left >= (v + 1) * kLanes) {
        if (mask != nullptr) score = score + load(mask + v * kLanes);
      } else {
        const std::int64_t some = left - v * kLanes;
        if (mask != nullptr) score = score + load_part(mask + v * kLanes, some, 0.0F);
        Ints lanes;
        for (int i = 0; i < kLanes; ++i) lanes[i] = i;
        score = lanes < set_int(static_cast<std::int32_t>(some)) ? score : set(-kInfinity);
      }
      store(score, to + v * kLanes);
      largest[row] = max(largest[row], score);
    }
  }
}

/// Makes weights of a row's scores, and gives by what its sums so far are to be multiplied.
template <class Form>
SOTTO_INLINE float weigh_scores(const QueryRows& rows, const KeyTile& tile, int row,
                                Floats largest) {
  float* so_far = rows.largest(tile.row + row);
  const float before = *so_far;
  const float in_tile = largest_of(largest);
  const float now = before > in_tile ? before : in_tile;
  // As long as every key is masked by −∞ nothing has a weight.
  const float reference = now == -kInfinity ? 0.0F : now;
  *so_far = now;
  const Floats correction = power_of_two<ExactPower>(set((before - reference) * kLog2E));

  const float* scores = rows.scores() + row * Form::kTileKeys;
  std::byte* weights = Weights<Form>::of(rows) + 4 * Form::kTileKeys / Form::kPack * row;
  Floats total{};
  for (std::int64_t key = 0; key < tile.count; key += Form::kPack * kLanes) {
    Floats powers[Form::kPack];
    SOTTO_UNROLL
    for (int i = 0; i < Form::kPack; ++i) {
      const Floats score = load(scores + key + i * kLanes);
      powers[i] = power_of_two<typename Form::Power>((score - reference) * kLog2E);
    }
    const Ints packed = Form::pack(powers);
    store(packed, weights + 4 * key / Form::kPack);
    total = Form::add(total, packed);  // of what is multiplied by, so of what was rounded
  }
  float* totals = rows.total(tile.row + row);
  store(load(totals) * correction + total, totals);
  return correction[0];
}

/// Adds weights · values of the tile, a panel of columns.
template <class Form, int kRows, int kVectors>
void add_values(const QueryRows& rows, const KeyTile& tile, std::int64_t column,
                const float (&corrections)[kRows]) {
  const std::int64_t all_steps = (rows.block.keys + Form::kPack - 1) / Form::kPack;
  Floats sums[kRows][kVectors];
  multiply_panel<Form>(
      {Weights<Form>::of(rows), 4 * Form::kTileKeys / Form::kPack,
       rows.block.packed_values + 4 * (column * all_steps + tile.key / Form::kPack * kPanel),
       (tile.count + Form::kPack - 1) / Form::kPack},
      sums);
  SOTTO_UNROLL
  for (int row = 0; row < kRows; ++row) {
    float* to = rows.output(tile.row + row) + column;
    SOTTO_UNROLL
    for (int v = 0; v < kVectors; ++v)
      store(load(to + v * kLanes) * corrections[row] + sums[row][v], to + v * kLanes);
  }
}

template <class Form, int kRows>
void attend_tile(const QueryRows& rows, const KeyTile& tile) {
  Floats largest[kRows];
  for (Floats& of_row : largest) of_row = set(-kInfinity);
  for (std::int64_t key = 0; key < tile.count; key += kPanel) {
    with_count<kPanelVectors>(vectors_of(tile.count - key), [&](auto vectors) {
      score_panel<Form, kRows, decltype(vectors)::value>(rows, tile, key, largest);
    });
  }
  // What fills the last vectors that weigh_scores() takes together.
  const std::int64_t scored = (tile.count + kLanes - 1) / kLanes;
  if (scored % Form::kPack != 0) {
    for (int row = 0; row < kRows; ++row)
      store(set(-kInfinity), rows.scores() + row * Form::kTileKeys + scored * kLanes);
  }
  float corrections[kRows];
  for (int row = 0; row < kRows; ++row)
    corrections[row] = weigh_scores<Form>(rows, tile, row, largest[row]);
  for (std::int64_t column = 0; column < rows.block.value_width; column += kPanel) {
    with_count<kPanelVectors>(vectors_of(rows.block.value_width - column), [&](auto vectors) {
      add_values<Form, kRows, decltype(vectors)::value>(rows, tile, column, corrections);
    });
  }
}

template <class Form>
void begin_rows(const QueryRows& rows) {
  const QueryBlock& block = rows.block;
  const HeadRows queries{.data = block.query.data,
                         .element = Form::kElement,
                         .keys = block.rows,
                         .width = block.width,
                         .stride = block.query.stride};
  const std::int64_t padded = (rows.count + kRegisterRows - 1) / kRegisterRows * kRegisterRows;
  for (std::int64_t row = 0; row < padded; ++row) {
    const std::int64_t from = rows.first + (row < rows.count ? row : rows.count - 1);
    prefetch_row(queries, from + kFetchAhead);
    pack_query<Form>(queries, from, rows.query(row));
    float* output = rows.output(row);
    for (std::int64_t i = 0; i < rows.layout.value_stride; ++i) output[i] = 0.0F;
    store(Floats{}, rows.total(row));
    *rows.largest(row) = -kInfinity;
  }
}

inline void finish_rows(const QueryRows& rows) {
  const std::int64_t width = rows.block.value_width;
  for (std::int64_t row = 0; row < rows.count; ++row) {
    float* output = rows.output(row);
    const float total = sum_of(load(rows.total(row)));
    for (std::int64_t i = 0; i < rows.layout.value_stride; i += kLanes)
      store(load(output + i) / total, output + i);
    for (std::int64_t first = 0, group = 0; first < width; first += kGroup, ++group) {
      const std::int64_t count = width - first < kGroup ? width - first : kGroup;
      write_group(output + first, count, rows.block.output, rows.block.output_element,
                  rows.first + row, group);
    }
  }
}

template <class Form>
void attend_as(const QueryBlock& block) {
  // As attention.cpp has it: a function of its own is the same for all instruction sets.
  const AttentionScratch layout =
      attention_scratch(Form::kElement, block.rows, block.width, block.value_width);
  for (std::int64_t first = 0; first < block.rows; first += kAttentionRows) {
    const std::int64_t left = block.rows - first;
    const QueryRows rows{block, layout, first, left < kAttentionRows ? left : kAttentionRows};
    begin_rows<Form>(rows);
    for (std::int64_t key = 0; key < block.keys; key += Form::kTileKeys) {
      const std::int64_t keys = block.keys - key;
      KeyTile tile{0, key, keys < Form::kTileKeys ? keys : Form::kTileKeys};
      // One or two rows alone cost less than six of which four stand in.
      while (rows.count - tile.row > 2) {
        attend_tile<Form, kRegisterRows>(rows, tile);
        tile.row += kRegisterRows;
      }
      for (; tile.row < rows.count; ++tile.row) attend_tile<Form, 1>(rows, tile);
    }
    finish_rows(rows);
  }
}

void attend(Element element, const QueryBlock& block) {
  if (element == Element::f32)
    attend_as<FloatForm>(block);
  else
    attend_as<HalfForm>(block);
}

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA
