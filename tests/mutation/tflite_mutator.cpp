#include "mutation/tflite_mutator.h"

#include <iterator>

namespace sotto::test {
TfliteMutator::TfliteMutator(std::string file) : file_(std::move(file)) {
  for (const Place& place : tflite_places(std::as_bytes(std::span(file_)))) {
    kinds_[kind_of(place.path)].push_back(place);
  }
}

std::uint64_t TfliteMutator::other_number(const Place& place, const std::vector<Place>& same,
                                          std::mt19937_64& random) const {
  const std::uint64_t number = number_at(file_, place);
  switch (random() % 4) {
    case 0:
      return static_cast<std::uint64_t>(one_of(kEdges, random));
    case 1:
      return number_at(file_, one_of(same, random));
    case 2:
      return number + (random() % 2 == 0 ? 1 : ~std::uint64_t{0});
    default:
      return number ^ (std::uint64_t{1} << (random() % (8 * place.width)));
  }
}

Mutation TfliteMutator::mutate(std::mt19937_64& random) const {
  Mutation mutation{file_, {}};
  const std::size_t changes = random() % 3 == 0 ? 2 : 1;
  for (std::size_t i = 0; i < changes; ++i) {
    const auto kind =
        std::next(kinds_.begin(), static_cast<std::ptrdiff_t>(random() % kinds_.size()));
    const Place& place = one_of(kind->second, random);
    const std::uint64_t other = other_number(place, kind->second, random);
    mutation.change += place.path + ": " + std::to_string(number_at(file_, place));
    put_number(mutation.bytes, place, other);
    mutation.change += " becomes " + std::to_string(number_at(mutation.bytes, place)) + "; ";
  }
  return mutation;
}

}  // namespace sotto::test
