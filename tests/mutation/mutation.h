#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>

namespace sotto::test {

/// A file with something changed in it, and what.
struct Mutation {
  std::string bytes;
  std::string change;  ///< "subgraphs.0.operators.3.inputs.1: 17 becomes -1"
};

// Numbers of one, two, four and eight bytes that readers trip over; what is wider than a field is
// cut.
inline constexpr std::array<std::int64_t, 26> kEdges{
    0,  1,   2,   3,   4,   5,   7,     8,     -1,    -2,     -3,         15,          16,
    63, 100, 127, 128, 255, 256, 32767, 32768, 65535, 100000, 0x7fffffff, -2147483648, 0x100000000,
};

template <class List>
const auto& one_of(const List& list, std::mt19937_64& random) {
  return list[random() % list.size()];
}

}  // namespace sotto::test
