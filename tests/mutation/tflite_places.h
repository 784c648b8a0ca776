#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sotto::test {

/// A number somewhere in a TFLite file, by the way to it: "subgraphs.0.operators.3.inputs.1" for
/// what the format means, and for what holds a flatbuffer together "….@offset" (to what a field
/// points to), "….@length" (of a list), "….@table" (where a table's layout lies), "….@entry4"
/// (where in the table field 4 lies), "….@layout" and "….@size" (how long layout and table are).
/// Tables of one layout share it, and it goes by the first of them.
struct Place {
  std::string path;
  std::size_t offset = 0;  ///< in the file
  std::size_t width = 0;   ///< bytes: 1, 2, 4 or 8
};

/// Every number of a file that the flatbuffers verifier takes. Of large constants only the lengths.
[[nodiscard]] std::vector<Place> tflite_places(std::span<const std::byte> file);

/// The path without its numbers, equal for places of one kind.
[[nodiscard]] std::string kind_of(const std::string& path);

/// The number at a place, and another put there.
[[nodiscard]] std::uint64_t number_at(const std::string& file, const Place& place);
void put_number(std::string& file, const Place& place, std::uint64_t value);

/// The same by path. Throws std::out_of_range where there is none.
[[nodiscard]] Place place_of(const std::string& file, const std::string& path);
void put_number(std::string& file, const std::string& path, std::int64_t value);

}  // namespace sotto::test
