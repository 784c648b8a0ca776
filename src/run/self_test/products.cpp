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

struct Sum {
  double value, size;  ///< Σ ab, Σ |ab|
};

/// In as many parts as make vector instructions of it.
Sum sum_of(const double* a, const double* b, std::size_t depth) {
  constexpr std::size_t kParts = 8;
  std::array<double, kParts> values{}, sizes{};
  std::size_t k = 0;
  for (; k + kParts <= depth; k += kParts) {
    for (std::size_t i = 0; i < kParts; ++i) {
      const double product = a[k + i] * b[k + i];
      values[i] += product;
      sizes[i] += std::abs(product);
    }
  }
  Sum sum{0, 0};
  for (std::size_t i = 0; i < kParts; ++i) sum.value += values[i], sum.size += sizes[i];
  for (; k < depth; ++k) {
    sum.value += a[k] * b[k];
    sum.size += std::abs(a[k] * b[k]);
  }
  return sum;
}

void compare_panel(const Products& products, std::size_t first, Comparison& comparison) {
  const std::size_t count = std::min(kPanel, products.columns - first), depth = products.depth;
  std::vector<double> right(count * depth);
  for (std::size_t i = 0; i < count; ++i) products.right(first + i, right.data() + i * depth);
  const double share = half::kUnit + static_cast<double>(depth) * half::kSumUnit;
  for (std::size_t row = 0; row < products.rows; ++row) {
    for (std::size_t i = 0; i < count; ++i) {
      const Sum sum = sum_of(products.left.data() + row * depth, right.data() + i * depth, depth);
      const double bias = products.bias ? products.bias(first + i) : 0;
      comparison.hold(products.first + row * products.columns + first + i, sum.value + bias,
                      share * (sum.size + std::abs(bias)) + half::kFlushed);
    }
  }
}

}  // namespace

void compare_products(const Products& products, Comparison& comparison) {
  const std::size_t panels = (products.columns + kPanel - 1) / kPanel;
  std::vector<Comparison> parts(panels, Comparison(comparison.found()));
  std::vector<std::function<void()>> jobs;
  for (std::size_t panel = 0; panel < panels; ++panel) {
    jobs.emplace_back(
        [&products, &parts, panel] { compare_panel(products, panel * kPanel, parts[panel]); });
  }
  run_jobs(jobs, std::max(1U, std::thread::hardware_concurrency()));
  for (const Comparison& part : parts) comparison.add(part);
}

}  // namespace sotto
