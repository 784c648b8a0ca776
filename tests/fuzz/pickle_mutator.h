#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/archive/pickle_opcodes.h"
#include "core/archive/torch_parts.h"
#include "core/base/error.h"
#include "torchscript/archive_entries.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace sotto::test {

/// Changes a pickle opcode by opcode: numbers and lengths become edges of their type, texts and
/// names those of other places, and opcodes are left out, doubled, moved and put in. What is no
/// pickle is taken as far as it is one.
class PickleMutator {
 public:
  explicit PickleMutator(std::string_view pickle) {
    while (!pickle.empty()) {
      const std::size_t size = std::min(size_of_piece(pickle), pickle.size());
      pieces_.emplace_back(pickle.substr(0, size));
      pickle.remove_prefix(size);
    }
  }

  [[nodiscard]] std::string mutate(std::mt19937_64& random) {
    for (std::uint64_t left = 1 + random() % 3; left > 0 && !pieces_.empty(); --left) {
      change(random);
    }
    std::string pickle;
    for (const std::string& piece : pieces_) pickle += piece;
    return pickle;
  }

 private:
  static std::uint64_t number(std::string_view bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i > 0; --i) {
      value = value << 8U | static_cast<std::uint8_t>(bytes[i - 1]);
    }
    return value;
  }

  static std::size_t end_of_line(std::string_view text, std::size_t begin) {
    return std::min(text.find('\n', begin), text.size() - 1) + 1;
  }

  /// The opcode with its argument, however much of that is there.
  static std::size_t size_of_piece(std::string_view rest) {
    switch (static_cast<PickleOp>(rest[0])) {
      case PickleOp::bin_int1:
      case PickleOp::bin_get:
      case PickleOp::bin_put:
      case PickleOp::protocol:
        return 2;
      case PickleOp::bin_int2:
        return 3;
      case PickleOp::bin_int:
      case PickleOp::long_bin_get:
      case PickleOp::long_bin_put:
        return 5;
      case PickleOp::bin_float:
      case PickleOp::frame:
        return 9;
      case PickleOp::long1:
        return 2 + number(rest.substr(1, 1));
      case PickleOp::short_bin_unicode:
      case PickleOp::short_bin_bytes:
        return 2 + number(rest.substr(1, 1));
      case PickleOp::bin_unicode:
      case PickleOp::bin_bytes:
        return 5 + number(rest.substr(1, 4));
      case PickleOp::bin_unicode8:
      case PickleOp::bin_bytes8:
      case PickleOp::byte_array8:
        return 9 + std::min<std::uint64_t>(number(rest.substr(1, 8)), rest.size());
      case PickleOp::global:
        return end_of_line(rest, end_of_line(rest, 0));
      default:
        return 1;
    }
  }

  std::string& any(std::mt19937_64& random) { return pieces_[random() % pieces_.size()]; }

  void change(std::mt19937_64& random) {
    const auto place = pieces_.begin() + static_cast<std::ptrdiff_t>(random() % pieces_.size());
    switch (random() % 8) {
      case 0:
        pieces_.erase(place);
        return;
      case 1:
        pieces_.insert(place, std::string(*place));
        return;
      case 2:
        std::swap(*place, any(random));
        return;
      case 3:
        pieces_.insert(place, std::string(any(random)));
        return;
      case 4:
        pieces_.insert(place, std::string(1, opcode(random)));
        return;
      default:
        change_argument(random);
    }
  }

  static char opcode(std::mt19937_64& random) {
    static constexpr std::string_view kWithoutArgument =
        "(.N)]}aebQRsut\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x93\x94";
    return kWithoutArgument[random() % kWithoutArgument.size()];
  }

  /// Of an opcode that has one, if there is any at all.
  void change_argument(std::mt19937_64& random) {
    std::string* piece = nullptr;
    for (int tries = 0; tries < 16; ++tries) {
      piece = &any(random);
      if (piece->size() > 1) break;
    }
    const auto code = static_cast<PickleOp>((*piece)[0]);
    if (code == PickleOp::bin_unicode || code == PickleOp::global ||
        code == PickleOp::short_bin_unicode) {
      change_text(*piece, code, random);
    } else {
      change_number(*piece, 1, random);
    }
  }

  void change_text(std::string& piece, PickleOp code, std::mt19937_64& random) {
    if (code == PickleOp::bin_unicode && random() % 4 == 0) {
      change_number(piece, 1, random, 4);
      return;
    }
    for (int tries = 0; tries < 64 && random() % 4 != 0; ++tries) {
      const std::string& other = any(random);
      if (other != piece && other[0] == piece[0]) {
        piece = std::string(other);
        return;
      }
    }
    const std::size_t begin = code == PickleOp::short_bin_unicode ? 2 : 5;
    if (piece.size() <= begin + 1) return;
    piece[begin + random() % (piece.size() - begin)] = static_cast<char>(random());
  }

  /// The bytes from `begin` on, `size` of them or all, become an edge or a neighbour.
  static void change_number(std::string& piece, std::size_t begin, std::mt19937_64& random,
                            std::size_t size = std::string::npos) {
    if (begin >= piece.size()) return;
    size = std::min({size, piece.size() - begin, std::size_t{8}});
    const std::uint64_t old = number(std::string_view(piece).substr(begin, size));
    const std::uint64_t top = std::uint64_t{1} << (8 * size - 1);
    const std::array<std::uint64_t, 12> kEdges{0,     1,     2,       top - 1, top,     top + 1,
                                               ~0ULL, ~1ULL, old + 1, old - 1, old * 2, ~old};
    const std::uint64_t chosen = kEdges[random() % kEdges.size()];
    for (std::size_t i = 0; i < size; ++i) piece[begin + i] = static_cast<char>(chosen >> (8 * i));
  }

  std::vector<std::string> pieces_;
};

/// The input's pickle, changed in every second call, where it fits; else as the fuzzer likes.
inline std::size_t mutate_pickle(std::uint8_t* data, std::size_t size, std::size_t most,
                                 unsigned seed) {
  if (seed % 2 == 0) return LLVMFuzzerMutate(data, size, most);
  std::mt19937_64 random(seed);
  const std::string changed =
      PickleMutator(std::string_view(reinterpret_cast<const char*>(data), size)).mutate(random);
  if (changed.size() > most) return LLVMFuzzerMutate(data, size, most);
  std::copy(changed.begin(), changed.end(), data);
  return changed.size();
}

/// The same for the pickle in an archive of PyTorch, which is laid out anew around it; the older
/// container is pickles behind each other.
inline std::size_t mutate_torch_archive(std::uint8_t* data, std::size_t size, std::size_t most,
                                        unsigned seed) {
  if (seed % 2 == 0) return LLVMFuzzerMutate(data, size, most);
  if (is_torch_legacy(std::as_bytes(std::span(data, size)))) {
    return mutate_pickle(data, size, most, seed);
  }
  std::mt19937_64 random(seed);
  try {
    ArchiveEntries entries = entries_of(std::as_bytes(std::span(data, size)));
    for (auto& [name, content] : entries) {
      if (name.ends_with("data.pkl")) content = PickleMutator(content).mutate(random);
    }
    const std::string changed = archive_of(entries);
    if (changed.size() <= most) {
      std::copy(changed.begin(), changed.end(), data);
      return changed.size();
    }
  } catch (const Error&) {
    // No archive any more.
  }
  return LLVMFuzzerMutate(data, size, most);
}

}  // namespace sotto::test
