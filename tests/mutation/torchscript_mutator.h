#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "mutation/mutation.h"

namespace sotto::test {

/// Changes a valid TorchScript file where it says something: its archive's headers and names, its
/// pickles' opcodes, numbers and texts, its code's numbers and words. What is changed keeps its
/// length, and checksums are made right, so that the change reaches the reader behind the archive.
class TorchscriptMutator {
 public:
  explicit TorchscriptMutator(std::string file);

  [[nodiscard]] Mutation mutate(std::mt19937_64& random) const;

 private:
  /// Bytes that mean one thing.
  struct Piece {
    std::string what;  ///< "archive/code/__torch__.py, word 17"
    std::size_t offset = 0, bytes = 0;
  };
  using Pieces = std::vector<Piece>;

  void find_headers(const std::string& name, std::size_t local, std::size_t central);
  void find_pickle(const std::string& name, std::size_t begin, std::size_t end);
  void find_code(const std::string& name, std::size_t begin, std::size_t end);
  [[nodiscard]] std::string other(const Pieces& same, const Piece& piece,
                                  std::mt19937_64& random) const;

  std::string file_;
  Pieces headers_, opcodes_, pickled_, numbers_, words_;
};

}  // namespace sotto::test
