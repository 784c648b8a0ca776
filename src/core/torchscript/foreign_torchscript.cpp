#include "core/torchscript/foreign_torchscript.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "core/archive/printable.h"
#include "core/archive/zip_layout.h"
#include "core/archive/zip_reader.h"
#include "core/base/error.h"
#include "core/torchscript/torchscript_entries.h"

namespace sotto {
namespace {

using Entries = std::vector<TorchScriptEntry>;

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Goes through the file beside what it should be. Nothing that the file says of itself is
/// believed: archives are read differently by different readers, and this one asks only whether
/// each byte is where our writer would have put it.
class Comparison {
 public:
  explicit Comparison(std::span<const std::byte> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool matches(const Entries& entries) {
    std::vector<ZipPlace> places;
    places.reserve(entries.size());
    for (const TorchScriptEntry& entry : entries) {
      places.push_back({entry.name, entry.size, position_, checksum(entry)});
      if (!take(zip_header(places.back()))) return false;
      if (entry.buffer ? !pass(entry.size) : !take(entry.content)) return false;
    }
    return take(zip_directory(places, position_)) && position_ == bytes_.size();
  }

 private:
  /// Of a buffer, whose values are free, the one in the file.
  [[nodiscard]] std::uint32_t checksum(const TorchScriptEntry& entry) const {
    if (!entry.buffer) return zip_crc32(std::as_bytes(std::span(entry.content)));
    std::uint32_t value = 0;
    if (rest() < kZipCrc32Offset + sizeof value) return value;
    for (std::size_t i = sizeof value; i-- > 0;) {
      value = value << 8 | std::to_integer<std::uint32_t>(bytes_[position_ + kZipCrc32Offset + i]);
    }
    return value;
  }

  [[nodiscard]] bool take(std::string_view expected) {
    if (expected.size() > rest()) return false;
    if (text_of(bytes_.subspan(position_, expected.size())) != expected) return false;
    position_ += expected.size();
    return true;
  }

  [[nodiscard]] bool pass(std::uint64_t count) {
    if (count > rest()) return false;
    position_ += static_cast<std::size_t>(count);
    return true;
  }

  [[nodiscard]] std::size_t rest() const { return bytes_.size() - position_; }

  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
};

bool is_code(const TorchScriptEntry& entry) { return entry.name.ends_with(kTorchScriptCodeEntry); }

std::size_t first_other_line(std::string_view found, std::string_view expected) {
  const auto parted = std::mismatch(found.begin(), found.end(), expected.begin(), expected.end());
  return 1 + static_cast<std::size_t>(std::count(found.begin(), parted.first, '\n'));
}

std::optional<std::string> other_entry(const ZipReader& zip, const TorchScriptEntry& expected) {
  const ZipEntry* found = zip.find(expected.name);
  if (found == nullptr) return concat("no ", expected.name, " in it");
  const std::string_view content = text_of(zip.content(*found));
  if (content.size() != expected.size && expected.buffer) {
    return concat(content.size(), " bytes of ", expected.name, " where ", expected.size, " belong");
  }
  if (expected.buffer || content == expected.content) return std::nullopt;
  if (!is_code(expected)) return concat("another ", expected.name);
  return concat("other code at line ", first_other_line(content, expected.content));
}

/// The same for people: the code first, because other code brings other attributes along.
std::string describe(const ZipReader& zip, Entries entries) {
  std::stable_partition(entries.begin(), entries.end(), is_code);
  for (const TorchScriptEntry& entry : entries) {
    if (auto other = other_entry(zip, entry)) return *other;
  }
  for (const ZipEntry& entry : zip.entries()) {
    const bool is_ours = std::any_of(entries.begin(), entries.end(), [&](const auto& expected) {
      return expected.name == entry.name;
    });
    if (!is_ours) return concat("an entry ", printable(entry.name), " besides");
  }
  return "the same entries in another archive around them";
}

}  // namespace

std::optional<std::string> foreign_torchscript(const Graph& graph, std::span<const std::byte> bytes,
                                               const std::string& source) {
  const Entries entries = torchscript_entries(graph);
  if (Comparison(bytes).matches(entries)) return std::nullopt;
  return describe(ZipReader(bytes, source), entries);
}

}  // namespace sotto
