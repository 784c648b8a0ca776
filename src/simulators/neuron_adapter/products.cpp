#include "simulators/neuron_adapter/products.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "simulators/neuron_adapter/dot_products.h"

namespace sotto::simulator {
namespace {

// Rows of the right side that are widened at once, and stay in a core's cache.
constexpr std::size_t kPanel = 32;
// Products of fewer multiply-adds are done before another thread has begun.
constexpr std::size_t kWorthAThread = std::size_t{1} << 20U;

std::size_t padded(std::size_t depth) {
  return (depth + kDotPadding - 1) / kDotPadding * kDotPadding;
}

/// Rows [first, first + count) as floats, each padded with zeros.
void widen(const Matrix& matrix, std::size_t first, std::size_t count, float* out) {
  const std::size_t width = padded(matrix.columns);
  for (std::size_t row = 0; row < count; ++row, out += width) {
    const Half* in = matrix.first + (first + row) * matrix.down;
    if (matrix.across == 1) {
      to_float(std::span(in, matrix.columns), std::span(out, matrix.columns));
    } else {
      for (std::size_t i = 0; i < matrix.columns; ++i) out[i] = to_float(in[i * matrix.across]);
    }
    std::fill(out + matrix.columns, out + width, 0.0F);
  }
}

class Product {
 public:
  Product(const Matrix& left, const Matrix& right, const Half* bias, Half* out)
      : right_(right),
        bias_(bias),
        out_(out),
        rows_(left.rows),
        depth_(padded(left.columns)),
        left_(rows_ * depth_) {
    widen(left, 0, rows_, left_.data());
  }

  void run() {
    const std::size_t panels = (right_.rows + kPanel - 1) / kPanel;
    if (rows_ * right_.rows * depth_ < kWorthAThread) {
      for (std::size_t panel = 0; panel < panels; ++panel) run(panel);
    } else {
      in_parallel(panels, [this](std::size_t panel) { run(panel); });
    }
  }

 private:
  void run(std::size_t panel) const {
    const std::size_t first = panel * kPanel;
    const std::size_t columns = std::min(kPanel, right_.rows - first);
    std::vector<float> right(columns * depth_), sums(rows_ * columns);
    widen(right_, first, columns, right.data());
    multiply({left_.data(), right.data(), rows_, columns, depth_, sums.data()});
    for (std::size_t row = 0; row < rows_; ++row) {
      Half* out = out_ + row * right_.rows + first;
      const float* in = sums.data() + row * columns;
      for (std::size_t i = 0; i < columns; ++i) {
        out[i] = to_half(bias_ == nullptr ? in[i] : in[i] + to_float(bias_[first + i]));
      }
    }
  }

  const Matrix& right_;
  const Half* bias_;
  Half* out_;
  std::size_t rows_, depth_;
  std::vector<float> left_;
};

}  // namespace

void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work) {
  const std::size_t threads =
      std::min<std::size_t>({count, 8, std::max(1U, std::thread::hardware_concurrency())});
  std::atomic<std::size_t> next{0};
  const auto loop = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < threads; ++i) others.emplace_back(loop);
  loop();
  for (std::thread& other : others) other.join();
}

void multiply(const Matrix& left, const Matrix& right, const Half* bias, Half* out) {
  Product(left, right, bias, out).run();
}

}  // namespace sotto::simulator
