#include "run/self_test/products.h"

#include <algorithm>
#include <array>
#include <thread>

#include "core/base/jobs.h"
#include "run/self_test/rounding.h"

namespace sotto {
namespace {

// Columns that are made at once, and stay in a core's cache.
constexpr std::size_t kPanel = 32;

// Rows that are multiplied with a column at once, which then is read once for all of them; and
// parts of a sum, as many as fill a vector register that every processor has.
constexpr std::size_t kRows = 8, kParts = 2;

struct Sum {
  double value = 0, size = 0;  ///< Σ ab, Σ |ab|
};

/// The sums of so many rows that follow each other with one column.
template <std::size_t Rows>
std::array<Sum, Rows> sums_of(const double* rows, const double* column, std::size_t depth) {
  std::array<std::array<double, kParts>, Rows> values{}, sizes{};
  std::size_t k = 0;
  for (; k + kParts <= depth; k += kParts) {
    for (std::size_t row = 0; row < Rows; ++row) {
      for (std::size_t i = 0; i < kParts; ++i) {
        const double product = rows[row * depth + k + i] * column[k + i];
        values[row][i] += product;
        sizes[row][i] += std::abs(product);
      }
    }
  }
  std::array<Sum, Rows> sums{};
  for (std::size_t row = 0; row < Rows; ++row) {
    for (std::size_t i = 0; i < kParts; ++i) {
      sums[row].value += values[row][i];
      sums[row].size += sizes[row][i];
    }
    for (std::size_t rest = k; rest < depth; ++rest) {
      const double product = rows[row * depth + rest] * column[rest];
      sums[row].value += product;
      sums[row].size += std::abs(product);
    }
  }
  return sums;
}

/// Some columns of the products, from `first` on.
class Panel {
 public:
  Panel(const Products& products, std::size_t first, Comparison& comparison)
      : products_(products),
        comparison_(comparison),
        first_(first),
        count_(std::min(kPanel, products.columns - first)),
        right_(count_ * products.depth) {
    for (std::size_t i = 0; i < count_; ++i) {
      products.right(first + i, right_.data() + i * products.depth);
    }
  }

  void run() {
    std::size_t row = 0;
    for (; row + kRows <= products_.rows; row += kRows) compare<kRows>(row);
    for (; row < products_.rows; ++row) compare<1>(row);
  }

 private:
  template <std::size_t Rows>
  void compare(std::size_t first_row) {
    const std::size_t depth = products_.depth;
    const double share = half::kUnit + static_cast<double>(depth) * half::kSumUnit;
    for (std::size_t i = 0; i < count_; ++i) {
      const auto sums = sums_of<Rows>(products_.left.data() + first_row * depth,
                                      right_.data() + i * depth, depth);
      const double bias = products_.bias ? products_.bias(first_ + i) : 0;
      for (std::size_t row = 0; row < Rows; ++row) {
        const std::size_t element = (first_row + row) * products_.columns + first_ + i;
        comparison_.hold(products_.first + element, sums[row].value + bias,
                         share * (sums[row].size + std::abs(bias)) + half::kFlushed);
      }
    }
  }

  const Products& products_;
  Comparison& comparison_;
  std::size_t first_, count_;
  std::vector<double> right_;
};

}  // namespace

void compare_products(const Products& products, Comparison& comparison) {
  const std::size_t panels = (products.columns + kPanel - 1) / kPanel;
  std::vector<Comparison> parts(panels, Comparison(comparison.found()));
  std::vector<std::function<void()>> jobs;
  for (std::size_t panel = 0; panel < panels; ++panel) {
    jobs.emplace_back(
        [&products, &parts, panel] { Panel(products, panel * kPanel, parts[panel]).run(); });
  }
  run_jobs(jobs, std::max(1U, std::thread::hardware_concurrency()));
  for (const Comparison& part : parts) comparison.add(part);
}

}  // namespace sotto
