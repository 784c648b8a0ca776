#include "simulators/neuron_adapter/products.h"

#include <algorithm>

#include "simulators/neuron_adapter/conversions.h"
#include "simulators/neuron_adapter/dot_products.h"
#include "simulators/neuron_adapter/rows.h"

namespace sotto::simulator {
namespace {

// Rows of the left side and columns of the result that are computed at once: as floats, what they
// are computed from stays in a core's cache.
constexpr std::size_t kRows = 64, kColumns = 64;
// Products of fewer multiply-adds are done before another thread has begun.
constexpr std::size_t kWorthAThread = std::size_t{1} << 18U;
constexpr std::size_t kTasksAThread = 4;

std::size_t padded(std::size_t count) {
  return (count + kDotPadding - 1) / kDotPadding * kDotPadding;
}
std::size_t pieces(std::size_t count, std::size_t piece) { return (count + piece - 1) / piece; }

struct Range {
  std::size_t first = 0, count = 0;
};
Range piece_of(std::size_t size, std::size_t piece, std::size_t index) {
  return {index * piece, std::min(piece, size - index * piece)};
}

/// `count` elements that lie `step` apart, from element `first` on, as floats.
void read(const Matrices& matrices, std::size_t first, std::size_t step, std::size_t count,
          float* out) {
  if (matrices.floats != nullptr) {
    const float* in = matrices.floats + first;
    if (step == 1) return round_to_halves(in, count, out);
    for (std::size_t i = 0; i < count; ++i) out[i] = to_float(to_half(in[i * step]));
    return;
  }
  const Half* in = matrices.halves + first;
  if (step == 1) return widen(in, count, out);
  for (std::size_t i = 0; i < count; ++i) out[i] = to_float(in[i * step]);
}

/// Rows of matrix `index`, each padded with zeros to a multiple of kDotPadding.
void read_rows(const Matrices& matrices, std::size_t index, Range rows, float* out) {
  const std::size_t width = padded(matrices.columns);
  for (std::size_t i = 0; i < rows.count; ++i, out += width) {
    read(matrices, index * matrices.apart + (rows.first + i) * matrices.down, matrices.across,
         matrices.columns, out);
    std::fill(out + matrices.columns, out + width, 0.0F);
  }
}

/// The same turned round: a row for each column, with `rows` in it.
void read_turned(const Matrices& matrices, std::size_t index, Range rows, float* out) {
  const std::size_t width = padded(rows.count);
  for (std::size_t i = 0; i < matrices.columns; ++i, out += width) {
    read(matrices, index * matrices.apart + rows.first * matrices.down + i * matrices.across,
         matrices.down, rows.count, out);
    std::fill(out + rows.count, out + width, 0.0F);
  }
}

bool lies_turned(const Matrices& matrices) { return matrices.down == 1 && matrices.across != 1; }

/// Floats that a panel of the right side takes.
std::size_t panel_floats(const Matrices& right) { return padded(kColumns) * padded(right.columns); }

/// Some rows of the left side as floats, and where their products go.
struct Block {
  const float* left = nullptr;
  std::size_t rows = 0, stride = 0;
  float* out = nullptr;
  std::size_t out_stride = 0;
};

/// The products of a block with `columns` rows of matrix `index`; `panel` is memory for these.
void multiply(const Block& block, const Matrices& right, std::size_t index, Range columns,
              float* panel) {
  Products products{block.left, block.rows, block.stride, panel,           columns.count,
                    0,          0,          block.out,    block.out_stride};
  if (lies_turned(right)) {
    read_turned(right, index, columns, panel);
    products.right_stride = padded(columns.count);
    products.depth = right.columns;
    multiply_columns(products);
  } else {
    read_rows(right, index, columns, panel);
    products.right_stride = products.depth = padded(right.columns);
    multiply_rows(products);
  }
}

/// How a product is cut into tasks. The cut changes no result: each is computed by itself.
struct Cut {
  std::size_t blocks = 0, panels = 0, panels_a_task = 0, tasks_a_block = 0;
};
Cut cut(const Product& product, std::size_t threads) {
  Cut cut;
  cut.blocks = product.stack * pieces(product.left.rows, kRows);
  cut.panels = pieces(product.right.rows, kColumns);
  const std::size_t wanted = pieces(kTasksAThread * threads, cut.blocks);
  cut.panels_a_task = pieces(cut.panels, wanted);
  cut.tasks_a_block = pieces(cut.panels, cut.panels_a_task);
  return cut;
}

class Multiplication {
 public:
  Multiplication(const Product& product, const Cut& cut)
      : product_(product),
        cut_(cut),
        depth_(padded(product.left.columns)),
        left_floats_(std::min(kRows, product.left.rows) * depth_) {}

  [[nodiscard]] std::size_t floats() const {
    return left_floats_ + panel_floats(product_.right) + kRows * padded(kColumns);
  }

  void run(std::size_t task, float* memory) const {
    const std::size_t blocks = pieces(product_.left.rows, kRows);
    const std::size_t block = task / cut_.tasks_a_block, index = block / blocks;
    const Range rows = piece_of(product_.left.rows, kRows, block % blocks);
    const Range panels = piece_of(cut_.panels, cut_.panels_a_task, task % cut_.tasks_a_block);
    float* const left = memory;
    float* const panel = left + left_floats_;
    float* const sums = panel + panel_floats(product_.right);
    read_rows(product_.left, index, rows, left);
    const Block floats{left, rows.count, depth_, sums, padded(kColumns)};
    for (std::size_t i = 0; i < panels.count; ++i) {
      const Range columns = piece_of(product_.right.rows, kColumns, panels.first + i);
      multiply(floats, product_.right, index, columns, panel);
      store(index, rows, columns, sums);
    }
  }

 private:
  void store(std::size_t index, Range rows, Range columns, float* sums) const {
    const std::size_t width = product_.right.rows;
    Half* out = product_.out + (index * product_.left.rows + rows.first) * width + columns.first;
    for (std::size_t row = 0; row < rows.count; ++row, out += width, sums += padded(kColumns)) {
      if (product_.bias != nullptr) {
        for (std::size_t i = 0; i < columns.count; ++i) {
          sums[i] += to_float(product_.bias[columns.first + i]);
        }
      }
      narrow(sums, columns.count, out);
    }
  }

  const Product& product_;
  Cut cut_;
  std::size_t depth_, left_floats_;
};

class AttentionRows {
 public:
  explicit AttentionRows(const Attention& attention)
      : attention_(attention),
        depth_(padded(attention.queries.columns)),
        places_(padded(attention.keys.rows)),
        panel_(std::max(panel_floats(attention.keys), panel_floats(attention.values))) {}

  [[nodiscard]] std::size_t blocks() const { return pieces(attention_.queries.rows, kRows); }
  [[nodiscard]] std::size_t floats() const {
    return kRows * (depth_ + places_ + padded(kColumns)) + panel_;
  }

  void run(std::size_t task, float* memory) const {
    const std::size_t index = task / blocks();
    const Range rows = piece_of(attention_.queries.rows, kRows, task % blocks());
    float* const queries = memory;
    float* const scores = queries + kRows * depth_;
    float* const sums = scores + kRows * places_;
    float* const panel = sums + kRows * padded(kColumns);
    read_rows(attention_.queries, index, rows, queries);
    for (std::size_t i = 0; i < pieces(attention_.keys.rows, kColumns); ++i) {
      const Range places = piece_of(attention_.keys.rows, kColumns, i);
      multiply({queries, rows.count, depth_, scores + places.first, places_}, attention_.keys,
               index, places, panel);
    }
    share_out(rows.count, scores);
    const std::size_t width = attention_.values.rows;
    Half* out = attention_.out + (index * attention_.queries.rows + rows.first) * width;
    for (std::size_t i = 0; i < pieces(width, kColumns); ++i) {
      const Range columns = piece_of(width, kColumns, i);
      multiply({scores, rows.count, places_, sums, padded(kColumns)}, attention_.values, index,
               columns, panel);
      for (std::size_t row = 0; row < rows.count; ++row) {
        narrow(sums + row * padded(kColumns), columns.count, out + row * width + columns.first);
      }
    }
  }

 private:
  void share_out(std::size_t rows, float* scores) const {
    for (std::size_t row = 0; row < rows; ++row, scores += places_) {
      round_to_halves(scores, attention_.keys.rows, scores);
      softmax_row(scores, attention_.keys.rows);
      round_to_halves(scores, places_, scores);
    }
  }

  const Attention& attention_;
  std::size_t depth_, places_, panel_;
};

}  // namespace

void multiply(const Product& product, Workers& workers) {
  const Cut chosen = cut(product, workers.threads());
  const Multiplication multiplication(product, chosen);
  const auto task = [&](std::size_t i, float* memory) { multiplication.run(i, memory); };
  const std::size_t tasks = chosen.blocks * chosen.tasks_a_block;
  const std::size_t work =
      product.stack * product.left.rows * product.left.columns * product.right.rows;
  if (work < kWorthAThread) return workers.run_alone(tasks, multiplication.floats(), task);
  workers.run(tasks, multiplication.floats(), task);
}

void attend(const Attention& attention, Workers& workers) {
  const AttentionRows rows(attention);
  workers.run(attention.stack * rows.blocks(), rows.floats(),
              [&](std::size_t i, float* memory) { rows.run(i, memory); });
}

}  // namespace sotto::simulator
