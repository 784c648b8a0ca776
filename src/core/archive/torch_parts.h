#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/archive/pickle_reader.h"

namespace sotto {

/// The storage that a persistent id names: ("storage", type, key, device, elements), and in the
/// older container a sixth thing, which is None.
struct TorchStorageId {
  std::string_view type;  ///< "FloatStorage"
  std::string_view key;
  std::uint64_t elements = 0;
};

/// Nothing when the value is no such id.
[[nodiscard]] std::optional<TorchStorageId> torch_storage_id(const PickleValue& value);

/// A file of torch.save in its two parts, whichever container holds them: the pickle, and the bytes
/// of the storages that it names.
class TorchParts {
 public:
  TorchParts() = default;
  virtual ~TorchParts() = default;
  TorchParts(const TorchParts&) = delete;
  TorchParts& operator=(const TorchParts&) = delete;

  [[nodiscard]] virtual const PickleValue& root() const = 0;

  /// The bytes of a storage; nothing when the file has none of this key.
  [[nodiscard]] virtual std::optional<std::span<const std::byte>> storage(
      std::string_view key) const = 0;
};

/// PyTorch's format since 1.6, a zip archive with `<name>/data.pkl` and `<name>/data/<key>`. The
/// bytes must outlive the result, as `source`, which names the file in messages. Throws format or
/// unsupported.
[[nodiscard]] std::unique_ptr<const TorchParts> read_torch_zip(std::span<const std::byte> bytes,
                                                               const std::string& source);

/// The format before: pickles of a magic number, a version, facts about the machine, the object and
/// the list of storages, and behind them the storages themselves. The same holds.
[[nodiscard]] std::unique_ptr<const TorchParts> read_torch_legacy(std::span<const std::byte> bytes,
                                                                  const std::string& source);

/// True for bytes that begin as read_torch_legacy() wants them.
[[nodiscard]] bool is_torch_legacy(std::span<const std::byte> bytes);

}  // namespace sotto
