#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <vector>

#include "attention_reference.h"
#include "each_table.h"

// Attention of many queries against double precision, for every instruction set of this processor.

namespace sotto::cpu {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
/// What a graph's masks hold where a query may not look (core/bundle/graph_table.h).
constexpr float kMaskedScore = -1e4F;

class Attention : public EachTable {};
INSTANTIATE_EACH_TABLE(Attention);

HeadRows head_rows(const ElementRows& rows, Element element, std::int64_t keys,
                   std::int64_t width) {
  return {.data = rows.view().data,
          .element = element,
          .keys = keys,
          .width = width,
          .stride = rows.view().stride};
}

/// Keys and values of a case, packed, and its mask.
struct PackedHead {
  PackedHead(const Kernels& kernels, const AttentionCase& made)
      : mask(made.mask.size() * sizeof(float)),
        keys(packed_head_bytes(made.element, made.shape.keys, made.shape.width)),
        values(packed_head_bytes(made.element, made.shape.keys, made.shape.value_width)) {
    const AttentionShape& shape = made.shape;
    if (!made.mask.empty()) std::memcpy(mask.data(), made.mask.data(), mask.size());
    kernels.pack_keys(made.element, head_rows(made.key, made.element, shape.keys, shape.width),
                      keys.data());
    kernels.pack_values(made.element,
                        head_rows(made.value, made.element, shape.keys, shape.value_width),
                        values.data());
  }
  GuardedBytes mask, keys, values;
};

/// Attention of `count` rows of the case, from `first` on, into their place of `output`.
void attend_rows(const Kernels& kernels, const AttentionCase& made, const PackedHead& head,
                 std::array<std::int64_t, 2> first_and_count, const ElementRows& output) {
  const auto [first, count] = first_and_count;
  const AttentionShape& shape = made.shape;
  const GuardedBytes scratch(
      query_block_scratch(made.element, count, shape.width, shape.value_width));
  ASSERT_EQ(scratch.size() % 64, 0U);
  Rows query = made.query.view(), out = output.view();
  query.data += made.query.place(first, 0) * bytes_of(made.element);
  out.data += output.place(first, 0) * bytes_of(output.element());
  if (out.scales != nullptr) out.scales += first * out.scale_stride;
  kernels.attend(made.element,
                 {.query = query,
                  .rows = count,
                  .width = shape.width,
                  .value_width = shape.value_width,
                  .keys = shape.keys,
                  .packed_keys = head.keys.data(),
                  .packed_values = head.values.data(),
                  .mask = made.mask.empty() ? nullptr : head.mask.as<float>() + first * shape.keys,
                  .mask_stride = shape.keys,
                  .output = out,
                  .output_element = output.element(),
                  .scratch = scratch.data()});
}

ElementRows attended(const Kernels& kernels, const AttentionCase& made, Element output_element) {
  ElementRows output(output_element, made.shape.rows, made.shape.value_width, 3);
  const PackedHead head(kernels, made);
  attend_rows(kernels, made, head, {0, made.shape.rows}, output);
  EXPECT_TRUE(output.gaps_are_untouched());
  return output;
}

/// What rounding the output adds to its bound.
double of_output(const ElementRows& output, std::int64_t row, std::int64_t column) {
  if (output.element() == Element::f32) return 0;
  if (output.element() == Element::int8) return 0.501 * double{output.scale(row, column)};
  return 0x1.02p-8 * std::abs(double{output.get(row, column)});
}

void expect_near(const AttentionCase& made, const ElementRows& output) {
  const AttentionAnswer answer = expected_attention(made);
  for (std::int64_t row = 0; row < made.shape.rows; ++row) {
    for (std::int64_t i = 0; i < made.shape.value_width; ++i) {
      const auto at = static_cast<std::size_t>(row * made.shape.value_width + i);
      ASSERT_NEAR(double{output.get(row, i)}, answer.output[at],
                  answer.bound[at] + of_output(output, row, i))
          << "row " << row << ", column " << i << " of " << made.shape.rows << "x"
          << made.shape.keys << "x" << made.shape.width << "x" << made.shape.value_width
          << (made.element == Element::f32 ? " f32" : " bf16");
    }
  }
}

constexpr std::array kElements{Element::f32, Element::bf16};
constexpr std::array kShapes{
    AttentionShape{1, 1, 64, 64},    AttentionShape{2, 2, 16, 24},
    AttentionShape{3, 3, 24, 16},    AttentionShape{5, 15, 64, 64},
    AttentionShape{6, 17, 80, 80},   AttentionShape{7, 63, 128, 64},
    AttentionShape{9, 65, 64, 128},  AttentionShape{12, 255, 1, 1},
    AttentionShape{8, 257, 7, 65},   AttentionShape{4, 511, 33, 15},
    AttentionShape{13, 513, 64, 64}, AttentionShape{97, 70, 64, 64},
    AttentionShape{3, 1500, 64, 64}, AttentionShape{1, 1025, 24, 80},
};

TEST_P(Attention, IsThatOfDoublePrecision) {
  for (const AttentionShape& shape : kShapes) {
    for (const Element element : kElements) {
      const AttentionCase made(shape, element);
      for (const Element output : kElements) expect_near(made, attended(kernels(), made, output));
    }
  }
}

TEST_P(Attention, IsWithinAMillionthInFloat32) {
  const AttentionCase made({24, 1500, 64, 64}, Element::f32);
  const ElementRows output = attended(kernels(), made, Element::f32);
  const AttentionAnswer answer = expected_attention(made);
  double largest = 0, error = 0;
  for (std::int64_t row = 0; row < made.shape.rows; ++row) {
    for (std::int64_t i = 0; i < made.shape.value_width; ++i) {
      const double expected =
          answer.output[static_cast<std::size_t>(row * made.shape.value_width + i)];
      largest = std::max(largest, std::abs(expected));
      error = std::max(error, std::abs(double{output.get(row, i)} - expected));
    }
  }
  EXPECT_LE(error, 1e-6 * largest);
}

TEST_P(Attention, WritesBytesWithAScale) {
  for (const Element element : kElements) {
    const AttentionCase made({13, 300, 64, 64}, element);
    const ElementRows output = attended(kernels(), made, Element::int8);
    expect_near(made, output);
    for (std::int64_t row = 0; row < made.shape.rows; ++row) {
      int largest = 0;
      for (std::int64_t i = 0; i < 64; ++i)
        largest = std::max(largest, std::abs(int{output.byte(row, i)}));
      EXPECT_EQ(largest, 127);
    }
  }
}

/// Mask values of −∞ and of large negatives, with a first visible key for each row.
void mask_before_and_behind(AttentionCase& made, float masked, std::int64_t first_key) {
  made.mask.assign(static_cast<std::size_t>(made.shape.rows * made.shape.keys), masked);
  for (std::int64_t row = 0; row < made.shape.rows; ++row) {
    for (std::int64_t key = first_key; key <= first_key + row && key < made.shape.keys; ++key)
      made.mask[static_cast<std::size_t>(row * made.shape.keys + key)] =
          0.125F * static_cast<float>(key - first_key);
  }
}

TEST_P(Attention, IsMaskedAlsoWhereWholeTilesAre) {
  for (const Element element : kElements) {
    for (const float masked : {-kInf, kMaskedScore, -3e38F}) {
      for (const std::int64_t first_key : {0, 1, 64, 256, 513, 1040}) {
        AttentionCase made({11, 1047, 16, 20}, element);
        mask_before_and_behind(made, masked, first_key);
        expect_near(made, attended(kernels(), made, Element::f32));
      }
    }
  }
}

TEST_P(Attention, OfOneVisibleKeyIsItsValue) {
  for (const Element element : kElements) {
    AttentionCase made({2, 600, 64, 64}, element);
    mask_before_and_behind(made, kMaskedScore, 599);
    const ElementRows output = attended(kernels(), made, Element::f32);
    for (std::int64_t i = 0; i < 64; ++i) EXPECT_EQ(output.get(0, i), made.value.get(599, i));
  }
}

TEST_P(Attention, WhereNothingIsVisibleIsNaN) {
  for (const Element element : kElements) {
    AttentionCase made({4, 300, 16, 16}, element);
    mask_before_and_behind(made, -kInf, 0);
    std::fill_n(made.mask.begin() + 600, 300, -kInf);
    const ElementRows output = attended(kernels(), made, Element::f32);
    for (std::int64_t row = 0; row < 4; ++row)
      EXPECT_EQ(std::isnan(output.get(row, 0)), row == 2) << row;
  }
}

TEST_P(Attention, OfScoresFarBelowZeroIsThatOfDoublePrecision) {
  for (const Element element : kElements) {
    // Keys that fill up a vector must not be the largest.
    AttentionCase made({7, 19, 16, 16}, element);
    made.mask.assign(static_cast<std::size_t>(133), -500.0F);
    expect_near(made, attended(kernels(), made, Element::f32));
  }
}

TEST_P(Attention, OfAQueryThatIsNoNumberIsNaN) {
  for (const Element element : kElements) {
    for (const float strange : {kNan, kInf, -kInf}) {
      AttentionCase made({8, 530, 24, 64}, element);
      const ElementRows before = attended(kernels(), made, Element::f32);
      made.query.set(4, 23, strange);
      const ElementRows output = attended(kernels(), made, Element::f32);
      const ElementRows bytes = attended(kernels(), made, Element::int8);
      const ElementRows halves = attended(kernels(), made, Element::bf16);
      for (std::int64_t row = 0; row < 8; ++row) {
        for (std::int64_t i = 0; i < 64; ++i) {
          if (row != 4) {
            ASSERT_EQ(output.get(row, i), before.get(row, i));
          } else {
            ASSERT_TRUE(std::isnan(output.get(row, i)) && std::isnan(bytes.get(row, i)) &&
                        std::isnan(halves.get(row, i)));
          }
        }
      }
    }
  }
}

TEST_P(Attention, OfAKeyThatIsNoNumberIsNaN) {
  for (const Element element : kElements) {
    for (const float strange : {kNan, kInf, -kInf}) {
      for (const std::int64_t key : {0, 300, 529}) {
        AttentionCase made({7, 530, 24, 16}, element);
        made.key.set(key, 5, strange);
        const ElementRows output = attended(kernels(), made, Element::f32);
        for (std::int64_t row = 0; row < 7; ++row)
          for (std::int64_t i = 0; i < 16; ++i) ASSERT_TRUE(std::isnan(output.get(row, i)));
      }
    }
  }
}

TEST_P(Attention, OfAValueThatIsNoNumberIsNoneInItsColumn) {
  for (const Element element : kElements) {
    for (const float strange : {kNan, kInf, -kInf}) {
      AttentionCase made({7, 530, 24, 16}, element);
      made.value.set(528, 3, strange);
      const ElementRows output = attended(kernels(), made, Element::f32);
      for (std::int64_t row = 0; row < 7; ++row)
        for (std::int64_t i = 0; i < 16; ++i) ASSERT_EQ(std::isfinite(output.get(row, i)), i != 3);
    }
  }
}

TEST_P(Attention, IsTheSameHoweverQueriesAreCut) {
  for (const Element element : kElements) {
    AttentionCase made({203, 700, 64, 64}, element);
    mask_before_and_behind(made, kMaskedScore, 300);
    const ElementRows whole = attended(kernels(), made, element);
    const PackedHead head(kernels(), made);
    for (const std::int64_t cut : {1, 2, 5, 6, 7, 96, 97, 150}) {
      const ElementRows output(element, 203, 64, 3);
      for (std::int64_t first = 0; first < 203; first += cut)
        attend_rows(kernels(), made, head, {first, std::min(cut, 203 - first)}, output);
      EXPECT_EQ(output.copy(), whole.copy()) << "blocks of " << cut;
    }
  }
}

/// Any strides, and either element, are packed to the same as dense rows of the packed element.
TEST_P(Attention, PacksFromAnyStrides) {
  constexpr std::int64_t keys = 69, width = 37;
  for (const Element packed : kElements) {
    for (const Element from : kElements) {
      const std::vector<float> values = made_values(keys * width, 11, 1);
      ElementRows dense(packed, keys, width, 0), rows(from, keys, width, 9),
          turned(from, width, keys, 2);
      for (std::int64_t key = 0; key < keys; ++key) {
        for (std::int64_t i = 0; i < width; ++i) {
          const float value =
              float_of_bf16(nearest_bf16(values[static_cast<std::size_t>(key * width + i)]));
          dense.set(key, i, value);
          rows.set(key, i, value);
          turned.set(i, key, value);
        }
      }
      HeadRows columns = head_rows(turned, from, keys, width);
      columns.width_stride = columns.stride;
      columns.stride = 1;
      for (const auto pack : {kernels().pack_keys, kernels().pack_values}) {
        const GuardedBytes expected(packed_head_bytes(packed, keys, width));
        const GuardedBytes of_rows(expected.size()), of_columns(expected.size());
        pack(packed, head_rows(dense, packed, keys, width), expected.data());
        pack(packed, head_rows(rows, from, keys, width), of_rows.data());
        pack(packed, columns, of_columns.data());
        EXPECT_EQ(of_rows.copy(), expected.copy());
        EXPECT_EQ(of_columns.copy(), expected.copy());
      }
    }
  }
}

}  // namespace
}  // namespace sotto::cpu
