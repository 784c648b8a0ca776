#pragma once

#include <cstddef>
#include <memory>

#include "run/decoding/shared_batch.h"
#include "run/engine/model.h"

namespace sotto {

/// The windows that a model decodes together, of one recording or of several that are written down
/// at once, each by a thread of its own (ModelShare). While it is there, it alone uses the model.
class ModelBatch {
 public:
  /// `model` must outlive it. Throws what Model::make_batch() does.
  ModelBatch(Model& model, std::size_t places);

  [[nodiscard]] const Model& model() const { return model_; }

 private:
  friend class ModelShare;

  Model& model_;
  std::unique_ptr<CheckedBatch> session_;
  SharedBatch batch_;
};

/// What one recording has of it: places, of which there is at least one from the beginning on.
class ModelShare {
 public:
  /// Waits for a place, as BatchShare does. `batch` must outlive it.
  explicit ModelShare(ModelBatch& batch) : batch_(batch), places_(batch.batch_) {}

  [[nodiscard]] const Model& model() const { return batch_.model_; }
  [[nodiscard]] BatchShare& places() { return places_; }

  /// Model::encode() into a place. Returns the seconds that it took, not those of waiting for
  /// others.
  double encode(const Tensor& mel, std::size_t place);

 private:
  ModelBatch& batch_;
  BatchShare places_;
};

}  // namespace sotto
