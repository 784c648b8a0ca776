#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "mutation/mutation.h"
#include "mutation/tflite_places.h"

namespace sotto::test {

/// Changes numbers of a valid TFLite file for such as bring readers down: edges of their type,
/// their neighbours, and numbers that stand elsewhere in fields of the same kind. Every kind of
/// field is as likely as any other, however often it occurs.
class TfliteMutator {
 public:
  explicit TfliteMutator(std::string file);

  [[nodiscard]] Mutation mutate(std::mt19937_64& random) const;

 private:
  [[nodiscard]] std::uint64_t other_number(const Place& place, const std::vector<Place>& same,
                                           std::mt19937_64& random) const;

  std::string file_;
  std::map<std::string, std::vector<Place>> kinds_;
};

}  // namespace sotto::test
