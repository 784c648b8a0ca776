#include "run/backends/cpu/steps/panel_product_step.h"

#include <algorithm>
#include <array>
#include <omp.h>
#include <utility>

#include "run/backends/cpu/kernels/panel_product.h"

namespace sotto::cpu {
namespace {

// From three rows on oneDNN is as fast: it uses what it has read of the weights for several rows.
constexpr std::int64_t kMostRows = 2;
constexpr auto kWidth = static_cast<std::int64_t>(kPanelWidth);

}  // namespace

bool PanelProductStep::takes(std::int64_t rows, const dnnl::memory::desc& weights) {
  const dnnl::memory::desc panels(weights.dims(), dnnl::memory::data_type::f32,
                                  dnnl::memory::format_tag::BA16a64b);
  return rows <= kMostRows && weights == panels;
}

PanelProductStep::PanelProductStep(PanelProductOperands operands)
    : operands_(std::move(operands)),
      rows_(operands_.output.layout.shape[0]),
      depth_(operands_.input.layout.shape[1]),
      columns_(operands_.output.layout.shape[1]),
      threads_(omp_get_max_threads()) {}

std::vector<Storage> PanelProductStep::touched() const {
  std::vector<Storage> storages{operands_.input.storage, operands_.weights,
                                operands_.output.storage};
  if (operands_.bias) storages.push_back(operands_.bias->storage);
  if (operands_.residual) storages.push_back(operands_.residual->storage);
  return storages;
}

void PanelProductStep::bind(const AddressOf& address_of) {
  const auto address = [&](const std::optional<Operand>& operand) {
    return operand ? address_of(operand->storage) : nullptr;
  };
  addresses_ = {address_of(operands_.input.storage), address_of(operands_.weights),
                address(operands_.bias), address(operands_.residual),
                address_of(operands_.output.storage)};
}

// From a panel's sums to the output's columns from `first` on.
void PanelProductStep::finish(std::int64_t first, const float* sums) const {
  const std::int64_t count = std::min(kWidth, columns_ - first);
  for (std::int64_t row = 0; row < rows_; ++row, sums += kWidth) {
    float* output = addresses_.output + row * columns_ + first;
    const float* residual =
        addresses_.residual != nullptr ? addresses_.residual + row * columns_ + first : nullptr;
    for (std::int64_t i = 0; i < count; ++i) {
      const float bias = addresses_.bias != nullptr ? addresses_.bias[first + i] : 0.0F;
      const float value = (sums[i] + bias) * operands_.factor;
      output[i] = residual != nullptr ? value + residual[i] : value;
    }
  }
}

void PanelProductStep::run() {
  const std::int64_t panels = (columns_ + kWidth - 1) / kWidth;
  const auto padded = static_cast<std::int64_t>(kPanelRows);
  const std::int64_t panel_size = (depth_ + padded - 1) / padded * padded * kWidth;
#pragma omp parallel for num_threads(threads_) schedule(static)
  for (std::int64_t panel = 0; panel < panels; ++panel) {
    alignas(64) std::array<float, static_cast<std::size_t>(kMostRows) * kPanelWidth> sums;
    multiply_panel({addresses_.input, operands_.input.layout.strides[0],
                    static_cast<std::size_t>(rows_), static_cast<std::size_t>(depth_),
                    addresses_.weights + panel * panel_size, sums.data()});
    finish(panel * kWidth, sums.data());
  }
}

}  // namespace sotto::cpu
