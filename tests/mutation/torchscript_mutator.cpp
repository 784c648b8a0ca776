#include "mutation/torchscript_mutator.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <string_view>

#include "core/archive/pickle_opcodes.h"
#include "core/archive/zip_reader.h"
#include "core/base/error.h"
#include "fuzz/zip_repair.h"

namespace sotto::test {
namespace {

struct HeaderField {
  std::string_view name;
  std::size_t offset, bytes;
};

// Of PKWARE's APPNOTE, 4.3.7 and 4.3.12.
constexpr std::array<HeaderField, 6> kLocal{{{"flags", 6, 2},
                                             {"method", 8, 2},
                                             {"stored size", 18, 4},
                                             {"size", 22, 4},
                                             {"name length", 26, 2},
                                             {"extra length", 28, 2}}};
constexpr std::array<HeaderField, 8> kCentral{{{"flags", 8, 2},
                                               {"method", 10, 2},
                                               {"stored size", 20, 4},
                                               {"size", 24, 4},
                                               {"name length", 28, 2},
                                               {"extra length", 30, 2},
                                               {"comment length", 32, 2},
                                               {"place", 42, 4}}};
constexpr std::size_t kCrcInCentral = 16, kCentralBytes = 46;

constexpr std::string_view kOpcodes = "(.NJKMGXaebc}])hjqrQRsut\x80\x81\x85\x86\x87\x88\x89\x8a";

/// How many bytes of argument follow an opcode; a text's own length comes in them.
std::size_t argument_bytes(char opcode) {
  switch (static_cast<PickleOp>(static_cast<std::uint8_t>(opcode))) {
    case PickleOp::bin_int:
    case PickleOp::bin_unicode:
    case PickleOp::long_bin_get:
    case PickleOp::long_bin_put:
      return 4;
    case PickleOp::bin_int1:
    case PickleOp::bin_get:
    case PickleOp::bin_put:
    case PickleOp::protocol:
    case PickleOp::long1:
      return 1;
    case PickleOp::bin_int2:
      return 2;
    case PickleOp::bin_float:
      return 8;
    default:
      return 0;
  }
}

std::uint32_t length_at(const std::string& file, std::size_t place, std::size_t bytes) {
  std::uint32_t value = 0;
  std::memcpy(&value, file.data() + place, bytes);
  return value;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

}  // namespace

TorchscriptMutator::TorchscriptMutator(std::string file) : file_(std::move(file)) {
  const auto bytes = std::as_bytes(std::span(file_));
  const ZipReader zip(bytes, "seed.pt");
  for (const ZipEntry& entry : zip.entries()) {
    const auto content = zip.content(entry);
    const auto begin = static_cast<std::size_t>(content.data() - bytes.data());
    const std::string name(entry.name);
    find_headers(name, entry.header, entry.crc32_position - kCrcInCentral);
    if (name.ends_with(".pkl")) find_pickle(name, begin, begin + content.size());
    if (name.ends_with(".py")) find_code(name, begin, begin + content.size());
  }
}

void TorchscriptMutator::find_headers(const std::string& name, std::size_t local,
                                      std::size_t central) {
  for (const HeaderField& field : kLocal) {
    headers_.push_back({concat(name, ", local ", field.name), local + field.offset, field.bytes});
  }
  for (const HeaderField& field : kCentral) {
    headers_.push_back({concat(name, ", ", field.name), central + field.offset, field.bytes});
  }
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (i % 4 == 0) headers_.push_back({concat(name, ", letter"), central + kCentralBytes + i, 1});
  }
}

void TorchscriptMutator::find_pickle(const std::string& name, std::size_t begin, std::size_t end) {
  for (std::size_t place = begin; place < end;) {
    const char opcode = file_[place];
    opcodes_.push_back({concat(name, ", opcode at ", place - begin), place, 1});
    const std::size_t argument = argument_bytes(opcode);
    if (argument > 0) {
      pickled_.push_back({concat(name, ", number at ", place + 1 - begin), place + 1, argument});
    }
    place += 1 + argument;
    const bool is_text = opcode == 'X', is_long = opcode == '\x8a';
    if (is_text || is_long) {
      const std::size_t length = length_at(file_, place - argument, argument);
      if (length > 0)
        pickled_.push_back({concat(name, ", text"), place, std::min(length, end - place)});
      place += length;
    }
    for (int lines = opcode == 'c' ? 2 : 0; lines > 0; --lines) {
      const std::size_t line = file_.find('\n', place);
      if (line == std::string::npos) return;
      pickled_.push_back({concat(name, ", name"), place, line - place});
      place = line + 1;
    }
  }
}

void TorchscriptMutator::find_code(const std::string& name, std::size_t begin, std::size_t end) {
  for (std::size_t place = begin; place < end;) {
    if (!is_word(file_[place])) {
      ++place;
      continue;
    }
    std::size_t stop = place;
    while (stop < end && is_word(file_[stop])) ++stop;
    Pieces& kind = is_digit(file_[place]) ? numbers_ : words_;
    kind.push_back({concat(name, ", word at ", place - begin), place, stop - place});
    place = stop;
  }
}

/// Other bytes of the same length: what stands elsewhere, an edge, noise.
std::string TorchscriptMutator::other(const Pieces& same, const Piece& piece,
                                      std::mt19937_64& random) const {
  std::string bytes = file_.substr(piece.offset, piece.bytes);
  if (&same == &opcodes_) return std::string(1, one_of(kOpcodes, random));
  if (&same == &numbers_) {
    for (char& digit : bytes) digit = one_of(std::string_view("0019-"), random);
    return bytes;
  }
  if (random() % 3 == 0) {
    bytes[random() % bytes.size()] = static_cast<char>(random());
    return bytes;
  }
  const bool is_binary = piece.bytes <= 8 && &same != &words_;
  if (is_binary && random() % 2 == 0) {
    const std::int64_t edge = one_of(kEdges, random);
    std::memcpy(bytes.data(), &edge, std::min(bytes.size(), sizeof edge));
    return bytes;
  }
  for (int tries = 0; tries < 64; ++tries) {
    const Piece& elsewhere = one_of(same, random);
    const std::string found = file_.substr(elsewhere.offset, elsewhere.bytes);
    if (found.size() == bytes.size() && found != bytes) return found;
  }
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

Mutation TorchscriptMutator::mutate(std::mt19937_64& random) const {
  Mutation mutation{file_, {}};
  const std::array kinds{&headers_, &opcodes_, &pickled_, &numbers_, &words_};
  const std::size_t changes = random() % 3 == 0 ? 2 : 1;
  for (std::size_t i = 0; i < changes; ++i) {
    const Pieces& same = *one_of(kinds, random);
    if (same.empty()) continue;
    const Piece& piece = one_of(same, random);
    mutation.bytes.replace(piece.offset, piece.bytes, other(same, piece, random));
    mutation.change += piece.what + "; ";
  }
  const auto repaired = with_checksums(std::as_bytes(std::span(mutation.bytes)));
  mutation.bytes.assign(reinterpret_cast<const char*>(repaired.data()), repaired.size());
  return mutation;
}

}  // namespace sotto::test
