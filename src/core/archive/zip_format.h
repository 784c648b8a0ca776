#pragma once

#include <cstddef>
#include <cstdint>

// The numbers of the zip format (PKWARE's APPNOTE) that reading and writing share.

namespace sotto::zip {

inline constexpr std::uint32_t kLocalHeader = 0x04034b50;
inline constexpr std::uint32_t kDirectoryEntry = 0x02014b50;
inline constexpr std::uint32_t kEndRecord = 0x06054b50;
inline constexpr std::uint32_t kZip64Locator = 0x07064b50;
inline constexpr std::uint32_t kZip64EndRecord = 0x06064b50;
inline constexpr std::uint16_t kZip64Extra = 1;
inline constexpr std::size_t kLocalHeaderBytes = 30;

/// The value of a field whose real number, which does not fit it, stands in a zip64 record.
inline constexpr std::uint16_t kElsewhere16 = 0xffff;
inline constexpr std::uint32_t kElsewhere32 = 0xffffffff;

}  // namespace sotto::zip
