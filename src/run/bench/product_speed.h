#pragma once

#include <cstdint>
#include <memory>

#include "core/base/tensor.h"
#include "run/backends/backend.h"

namespace sotto {

/// One big product on a back end that runs graphs, for which nothing gets in the way of the
/// arithmetic: what its other operations are measured by.
class ProductSpeed {
 public:
  /// Throws what Backend::load() throws.
  explicit ProductSpeed(const Backend& backend);

  /// Multiplications and additions, each counted.
  [[nodiscard]] std::int64_t operations() const;

  /// Computes it once; how many seconds that took.
  [[nodiscard]] double measure();

 private:
  std::unique_ptr<Executable> product_;
  Tensor input_, output_;
};

}  // namespace sotto
