#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/tensor.h"
#include "core/bundle/graph_table.h"
#include "run/transcriber/plain_transcript.h"
#include "run/verifier/clip.h"
#include "run/verifier/difference.h"
#include "run/verifier/verifier.h"

namespace sotto {

/// What somebody computed elsewhere: an output of one of a bundle's graphs, in a file.
struct GivenOutput {
  GraphKind graph = GraphKind::encoder;
  std::string output;  ///< by its name; empty: the graph's first
  std::filesystem::path file;
};

/// Reads "encoder=FILE" or "crosskv.cross_values=FILE". Throws usage for another graph: those are
/// the ones whose input is the clip and nothing else.
[[nodiscard]] GivenOutput parse_given_output(const std::string& argument);

/// Numbers in a file, as float32.
struct StoredNumbers {
  std::vector<float> values;
  std::string stored_as;  ///< "float32", "float16", "npy float16"
};

/// Reads what should be an output of this shape: a .npy file, or the bare numbers, little-endian,
/// as float32 or float16, which the size tells. Throws mismatch, saying what was expected, where
/// neither fits.
[[nodiscard]] StoredNumbers read_numbers(const std::filesystem::path& file,
                                         const std::string& output, const Shape& shape);

/// A given output beside this machine's.
struct OutputComparison {
  GivenOutput given;
  std::string output;     ///< its name
  std::string stored_as;  ///< as StoredNumbers says
  Shape shape;
  Difference difference;
  double mean = 0;    ///< of the absolute differences
  double cosine = 0;  ///< of the angle between the two; not a number where one has no length
  std::size_t rows = 0, rows_apart = 0;  ///< of the last axis; further apart than kApart
  std::optional<std::size_t> first_apart;
  std::size_t worst_row = 0;
  /// Of an encoder's output: what the decoder here makes of the given one, and of its own.
  std::optional<PlainTranscript> with_given, with_own;
  /// Finite, and the decoder's tokens equal.
  [[nodiscard]] bool passed() const;
};

/// A row is apart when a number in it is further off than this part of the largest value.
inline constexpr double kApart = 0.01;

/// Fills in the numbers. Both have the shape's elements, at least one.
void compare_rows(std::span<const float> here, std::span<const float> given,
                  OutputComparison& comparison);

/// The given outputs of one clip beside those of the unsplit model on the cpu back end, in their
/// order. Of `options` counts what says where that comes from. Throws usage when the clip is longer
/// than a window, and what reading throws.
[[nodiscard]] std::vector<OutputComparison> compare_given_outputs(
    const VerifyOptions& options, const Clip& clip, const std::vector<GivenOutput>& given);

}  // namespace sotto
