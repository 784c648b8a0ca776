#pragma once

#include <memory>
#include <utility>

#include "core/graph/signature.h"
#include "run/backends/backend.h"
#include "run/backends/cpu/prepare/numerics.h"
#include "run/backends/cpu/prepare/packed_weights.h"
#include "run/backends/cpu/steps/thread_pool.h"

namespace sotto::cpu {

/// What everything that one back end loads shares: the threads, and one copy of the weights.
struct CpuResources {
  /// `watcher` may be null.
  CpuResources(const Kernels& table, int threads, Precision wanted,
               std::shared_ptr<StepObserver> watcher = {})
      : kernels(table),
        precision(wanted),
        observer(std::move(watcher)),
        pool(std::make_shared<ThreadPool>(threads)),
        weights(std::make_shared<PackedWeights>(pool)) {}
  /// Threads of its own over the same weights, for who runs beside the other.
  explicit CpuResources(const CpuResources& other)
      : kernels(other.kernels),
        precision(other.precision),
        observer(other.observer),
        pool(std::make_shared<ThreadPool>(other.pool->threads())),
        weights(other.weights) {}
  CpuResources& operator=(const CpuResources&) = delete;
  ~CpuResources() = default;

  const Kernels& kernels;
  Precision precision;
  std::shared_ptr<StepObserver> observer;
  std::shared_ptr<ThreadPool> pool;
  std::shared_ptr<PackedWeights> weights;

  /// How a part is computed. What has a variable axis is run for few rows again and again.
  [[nodiscard]] Numerics numerics(const ModelPart& part, const Signature& signature) const;
};

/// The form of products of many rows for a precision on these kernels.
[[nodiscard]] ProductForm product_form(Precision precision, const Kernels& kernels);

}  // namespace sotto::cpu
