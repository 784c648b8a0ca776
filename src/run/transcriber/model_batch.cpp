#include "run/transcriber/model_batch.h"

#include "run/engine/stopwatch.h"

namespace sotto {

ModelBatch::ModelBatch(Model& model, std::size_t places)
    : model_(model), session_(model.make_batch(places)), batch_(*session_, places) {}

double ModelShare::encode(const Tensor& mel, std::size_t place) {
  double seconds = 0;
  places_.encode(place, [&] {
    const Stopwatch encoding;
    batch_.model_.encode(mel, *batch_.session_, place);
    seconds = encoding.seconds();
  });
  return seconds;
}

}  // namespace sotto
