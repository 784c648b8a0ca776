#pragma once

// Products of bytes (+ 128) with integers of 15 bits in groups of 64 (row_product.h). Of a group
// the sixteen quads of values are {j, 16 + j, 32 + j, 48 + j}, so that vectors of values become
// quads lane by lane. A quad's two words are what the instruction set multiplies best: the four
// high bytes and the four low ones, or the first and third value and the second and fourth as
// halves.

#include "run/backends/cpu/kernels/inl/vectors-inl.h"
#include "run/backends/cpu/kernels/row_product.h"

#if defined(SOTTO_FOURS_VNNI) || defined(__ARM_FEATURE_DOTPROD)
#define SOTTO_FINE_DIGITS 1
#else
#define SOTTO_FINE_DIGITS 0
#endif

namespace sotto::cpu::SOTTO_ISA {
namespace {

constexpr std::int64_t kQuads = 16;
constexpr std::int64_t kColumns = 64;
constexpr std::int64_t kGroupBytes = 4 * kQuads * kColumns;
/// The largest of a group becomes this.
constexpr float kFineMost = 16256.0F;
/// Weights that are read are asked of the memory so many bytes before.
constexpr std::int64_t kAhead = 8192;
constexpr std::int64_t kLine = 64;
constexpr std::int64_t kVectorBytes = sizeof(Floats);

/// A group of 64 values of a row.
struct FineGroup {
  std::int32_t first[kQuads];
  std::int32_t second[kQuads];
  float scale;
  std::int32_t correction;  ///< to be added to a sum
};
static_assert(sizeof(FineGroup) == kFineGroupBytes);

/// A sum over a group, in the parts in which the instruction set adds it up.
struct FineSum {
  Ints a, b;
};

SOTTO_INLINE Bits halves(Ints low, Ints high) {
  return (same_bits<Bits>(low) & 0xFFFFU) | (same_bits<Bits>(high) << 16);
}

#if SOTTO_FINE_DIGITS

/// What is added to weights when they are multiplied.
constexpr std::uint32_t kFineOffset = kByteOffset;

SOTTO_INLINE void add_quad(FineSum& sum, Ints weights, Ints high, Ints low) {
  sum.a = dot4(sum.a, weights, high);
  sum.b = dot4(sum.b, weights, low);
}
SOTTO_INLINE Ints total(const FineSum& sum) { return (sum.a << 7) + sum.b; }
SOTTO_INLINE void split_quad(const Ints* values, Ints& high, Ints& low) {
  const Bits even = halves(values[0], values[2]), odd = halves(values[1], values[3]);
  high = same_bits<Ints>(((even >> 7) & 0x00FF00FFU) | ((odd << 1) & 0xFF00FF00U));
  low = same_bits<Ints>((even & 0x007F007FU) | ((odd & 0x007F007FU) << 8));
}

#else

constexpr std::uint32_t kFineOffset = 128;

/// acc + a₀·b₀ + a₁·b₁ for pairs of 16-bit integers; NEON adds the pairs only in total().
SOTTO_INLINE void add_pairs(FineSum& sum, Ints a, Ints b) {
#if SOTTO_LANES == 8 && defined(__AVX2__)
  sum.a += same_bits<Ints>(_mm256_madd_epi16(same_bits<__m256i>(a), same_bits<__m256i>(b)));
#elif SOTTO_LANES == 4 && defined(__SSE2__)
  sum.a += same_bits<Ints>(_mm_madd_epi16(same_bits<__m128i>(a), same_bits<__m128i>(b)));
#elif SOTTO_LANES == 4 && defined(__aarch64__)
  const int16x8_t left = same_bits<int16x8_t>(a), right = same_bits<int16x8_t>(b);
  sum.a = same_bits<Ints>(
      vmlal_s16(same_bits<int32x4_t>(sum.a), vget_low_s16(left), vget_low_s16(right)));
  sum.b = same_bits<Ints>(vmlal_high_s16(same_bits<int32x4_t>(sum.b), left, right));
#else
  sum.a += ((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16);
#endif
}
SOTTO_INLINE void add_quad(FineSum& sum, Ints weights, Ints first, Ints second) {
  add_pairs(sum, weights & 0x00FF00FF, first);
  typedef std::uint16_t Shorts __attribute__((vector_size(4 * SOTTO_LANES)));
  add_pairs(sum, same_bits<Ints>(same_bits<Shorts>(weights) >> 8), second);
}
SOTTO_INLINE Ints total(const FineSum& sum) {
#if SOTTO_LANES == 4 && defined(__aarch64__)
  return same_bits<Ints>(vpaddq_s32(same_bits<int32x4_t>(sum.a), same_bits<int32x4_t>(sum.b)));
#else
  return sum.a;
#endif
}
SOTTO_INLINE void split_quad(const Ints* values, Ints& first, Ints& second) {
  first = same_bits<Ints>(halves(values[0], values[2]));
  second = same_bits<Ints>(halves(values[1], values[3]));
}

#endif

/// The nearest integers of numbers below 2^22; of others anything.
SOTTO_INLINE Ints rounded(Floats floats) {
  // 1.5 · 2^23 leaves them in the lowest bits of the sum.
  return same_bits<Ints>(same_bits<Bits>(floats + 12582912.0F) - 0x4B400000U);
}

/// Bits of a value without its sign: in the values' order, with what is no finite number from
/// kNoNumber on.
SOTTO_INLINE Ints magnitude_bits(Floats floats) { return same_bits<Ints>(floats) & 0x7FFFFFFF; }
constexpr std::int32_t kNoNumber = 0x7F800000;

SOTTO_INLINE Ints max_ints(Ints a, Ints b) { return a > b ? a : b; }

/// 64 values.
struct FineValues {
  Floats vectors[kColumns / kLanes];
};

/// 64 values as integers of a scale, which is NaN where one is no finite number. Values below 1e-30
/// become zeros.
SOTTO_INLINE void make_group(const FineValues& values, FineGroup& group) {
  Ints largest = {};
  for (const Floats& vector : values.vectors) {
    largest = max_ints(largest, magnitude_bits(vector));
  }
  const std::int32_t bits = max_of(largest);
  const float most = bits < kNoNumber ? same_bits<float>(bits) : __builtin_nanf("");
  group.scale = most * (1.0F / kFineMost);
  const float factor = most > 1e-30F ? kFineMost / most : 0.0F;
  Bits sum = {};
  for (std::int64_t i = 0; i < kQuads / kLanes; ++i) {
    Ints parts[4];
    for (std::int64_t part = 0; part < 4; ++part) {
      parts[part] = rounded(values.vectors[part * kQuads / kLanes + i] * factor);
      sum += same_bits<Bits>(parts[part]);
    }
    Ints first, second;
    split_quad(parts, first, second);
    store(first, group.first + i * kLanes);
    store(second, group.second + i * kLanes);
  }
  group.correction = static_cast<std::int32_t>(-kFineOffset * sum_of(sum));
}

SOTTO_INLINE FineValues load_group(const float* values) {
  FineValues group;
  for (std::int64_t i = 0; i < kColumns / kLanes; ++i) group.vectors[i] = load(values + i * kLanes);
  return group;
}

SOTTO_INLINE void copy_floats(const float* from, std::int64_t count, float* to) {
  __builtin_memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
}

/// A row, whose last group may be short.
SOTTO_INLINE void make_fine_row(const float* row, std::int64_t depth, FineGroup* fine) {
  for (; depth >= kColumns; depth -= kColumns, row += kColumns)
    make_group(load_group(row), *fine++);
  if (depth <= 0) return;
  alignas(64) float padded[kColumns] = {};
  copy_floats(row, depth, padded);
  make_group(load_group(padded), *fine);
}

/// The scales of lanes [first, first + kLanes) of 64 (bfloat16).
SOTTO_INLINE Floats load_scales(const std::byte* scales, std::int64_t first) {
  typedef std::uint16_t Halves __attribute__((vector_size(2 * SOTTO_LANES)));
  const Halves halves = load_as<Halves>(scales + 2 * first);
  return from_bf16(__builtin_convertvector(halves, Bits));
}

// So many rows and vectors of columns at a time as there are registers for.
#if SOTTO_LANES == 16
constexpr std::int64_t kFineRows = 3, kFineVectors = 4;
#elif SOTTO_LANES == 4 && SOTTO_FINE_DIGITS
constexpr std::int64_t kFineRows = 3, kFineVectors = 4;
#else
constexpr std::int64_t kFineRows = 3, kFineVectors = 2;
#endif

/// Rows of kRows fine groups by one group of bytes [kQuads][64][4].
struct GroupProduct {
  const FineGroup* fine;     ///< of the first row
  std::int64_t fine_stride;  ///< groups from a row to the next
  const std::byte* weights;
  const std::byte* scales;  ///< of the columns, or null where they are 1
  float* sums;              ///< [rows][64], added to
};

/// Asks of the memory what comes kFetch bytes after what is read, or nothing for 0.
template <std::int64_t kRows, std::int64_t kFetch>
SOTTO_INLINE void add_columns(const GroupProduct& product, std::int64_t column) {
  FineSum sums[kRows][kFineVectors] = {};
  const std::byte* weights = product.weights + 4 * column;
#pragma GCC unroll 2
  for (std::int64_t quad = 0; quad < kQuads; ++quad, weights += 4 * kColumns) {
    Ints words[kFineVectors];
    for (std::int64_t v = 0; v < kFineVectors; ++v)
      words[v] = load_as<Ints>(weights + kVectorBytes * v);
    for (std::int64_t byte = 0; kFetch != 0 && byte < kVectorBytes * kFineVectors; byte += kLine) {
      prefetch(weights + kFetch + byte);
    }
    for (std::int64_t row = 0; row < kRows; ++row) {
      const FineGroup& group = product.fine[row * product.fine_stride];
      const Ints first = broadcast(group.first + quad), second = broadcast(group.second + quad);
      for (std::int64_t v = 0; v < kFineVectors; ++v)
        add_quad(sums[row][v], words[v], first, second);
    }
  }
  // Without this, scales that are read from here on would take the sums' registers above.
  asm volatile("" ::: "memory");
  for (std::int64_t v = 0; v < kFineVectors; ++v) {
    const std::int64_t at = column + v * kLanes;
    const Floats scales = product.scales == nullptr ? set(1.0F) : load_scales(product.scales, at);
    for (std::int64_t row = 0; row < kRows; ++row) {
      const FineGroup& group = product.fine[row * product.fine_stride];
      float* sum = product.sums + row * kColumns + at;
      const Floats whole = to_floats(total(sums[row][v]) + group.correction);
      store(load(sum) + whole * (scales * group.scale), sum);
    }
  }
}

template <std::int64_t kRows, std::int64_t kFetch>
SOTTO_INLINE void add_rows(GroupProduct& product, std::int64_t& rows) {
  for (std::int64_t column = 0; column < kColumns; column += kFineVectors * kLanes) {
    add_columns<kRows, kFetch>(product, column);
  }
  product.fine += kRows * product.fine_stride;
  product.sums += kRows * kColumns;
  rows -= kRows;
}

/// At least one row; the first ones have the group come from the memory.
SOTTO_INLINE void add_group(GroupProduct product, std::int64_t rows) {
  static_assert(kFineRows == 3);
  if (rows == 1) return add_rows<1, kAhead>(product, rows);
  if (rows == 2) return add_rows<2, kAhead>(product, rows);
  add_rows<3, kAhead>(product, rows);
  while (rows >= 3) add_rows<3, 0>(product, rows);
  if (rows == 2) add_rows<2, 0>(product, rows);
  if (rows == 1) add_rows<1, 0>(product, rows);
}

/// sums [rows][64] += fine rows · one byte panel; so many groups have both.
SOTTO_INLINE void add_byte_panel(const FineGroup* fine, std::int64_t groups, std::int64_t rows,
                                 const std::byte* panel, float* sums) {
  for (std::int64_t group = 0; group < groups; ++group, panel += kGroupBytes + 2 * kColumns) {
    add_group({.fine = fine + group,
               .fine_stride = groups,
               .weights = panel,
               .scales = panel + kGroupBytes,
               .sums = sums},
              rows);
  }
}

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA
