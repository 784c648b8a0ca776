// torch.serialization's _legacy_save and _legacy_load describe the format.
#include <algorithm>
#include <unordered_map>

#include "core/archive/byte_reader.h"
#include "core/archive/pickle_opcodes.h"
#include "core/archive/printable.h"
#include "core/archive/torch_parts.h"
#include "core/archive/torch_types.h"
#include "core/base/error.h"

namespace sotto {
namespace {

using namespace std::string_view_literals;

// 0x1950a86a20f9469cfc6c as LONG1 puts it, and STOP.
constexpr auto kMagic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."sv;
constexpr std::size_t kProtocolSize = 2;
constexpr std::size_t kFrameSize = 9;
constexpr std::int64_t kVersion = 1001;

// The size of the first pickle, which holds the magic number; 0 when it holds anything else. From
// protocol 4 on the number stands in a frame.
std::size_t size_of_magic(std::string_view text) {
  if (text.size() < kProtocolSize || text[0] != static_cast<char>(PickleOp::protocol)) return 0;
  std::size_t begin = kProtocolSize;
  if (text.size() > begin && text[begin] == static_cast<char>(PickleOp::frame)) begin += kFrameSize;
  if (text.size() < begin || !text.substr(begin).starts_with(kMagic)) return 0;
  return begin + kMagic.size();
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class TorchLegacy : public TorchParts {
 public:
  TorchLegacy(std::span<const std::byte> bytes, const std::string& source)
      : source_(source), rest_(bytes.subspan(size_of_magic(text_of(bytes)))) {
    check_version(take_pickle());
    check_byte_order(take_pickle());
    pickle_ = take_pickle();
    const Pickle keys = take_pickle();
    read_storages(keys);
  }

  [[nodiscard]] const PickleValue& root() const override { return pickle_.root(); }

  [[nodiscard]] std::optional<std::span<const std::byte>> storage(
      std::string_view key) const override {
    const auto found = storages_.find(key);
    if (found == storages_.end()) return std::nullopt;
    return found->second;
  }

 private:
  using StorageIds = std::unordered_map<std::string_view, TorchStorageId>;

  Pickle take_pickle() {
    Pickle pickle = read_leading_pickle(rest_, source_, torch_pickle_rules());
    rest_ = rest_.subspan(pickle.size());
    return pickle;
  }

  void check_version(const Pickle& pickle) const {
    const auto* version = pickle.root().as<std::int64_t>();
    if (version != nullptr && *version == kVersion) return;
    fail(ErrorKind::unsupported, source_, ": expected version ", kVersion,
         " of PyTorch's format from before 1.6, found another one");
  }

  void check_byte_order(const Pickle& pickle) const {
    const auto* facts = pickle.root().as<PickleDict>();
    const PickleValue* little = facts == nullptr ? nullptr : find(*facts, "little_endian");
    const auto* is_little = little == nullptr ? nullptr : little->as<bool>();
    if (is_little != nullptr && *is_little) return;
    fail(ErrorKind::unsupported, source_,
         ": expected little-endian tensors, found that the file says otherwise");
  }

  // The sizes of the storages follow from what the pickle says about them.
  StorageIds ids_of_pickle() const {
    StorageIds ids;
    for (const PickleValue& value : pickle_.values()) {
      const auto id = torch_storage_id(value);
      if (!id) continue;
      const auto& known = ids.emplace(id->key, *id).first->second;
      if (known.type == id->type && known.elements == id->elements) continue;
      fail(ErrorKind::format, source_, ": expected one type and size for the storage ",
           printable(id->key), ", found two");
    }
    return ids;
  }

  void read_storages(const Pickle& keys) {
    const auto* list = keys.root().as<PickleList>();
    if (list == nullptr) {
      fail(ErrorKind::format, source_, ": expected the list of storages behind the pickle, found ",
           kind_of(keys.root()));
    }
    const StorageIds ids = ids_of_pickle();
    ByteReader reader(rest_, source_);
    for (const PickleValue* item : list->items) {
      const auto* key = item->as<std::string_view>();
      const auto id = key == nullptr ? ids.end() : ids.find(*key);
      if (id == ids.end() || storages_.contains(*key)) {
        fail(ErrorKind::format, source_,
             ": expected the list of the storages that the pickle names, found another one in it");
      }
      storages_.emplace(id->first, take_storage(reader, id->second));
    }
  }

  // The number of elements, then the elements.
  std::span<const std::byte> take_storage(ByteReader& reader, const TorchStorageId& id) const {
    const auto count = reader.take_number<std::uint64_t>("a storage's size");
    const TorchType* type = find_torch_type(id.type);
    if (type == nullptr || count != id.elements || count > reader.remaining() / type->width) {
      fail(ErrorKind::format, source_, ": expected the ", id.elements, " elements of ",
           printable(id.type), " as storage ", printable(id.key), ", found ", count, " in ",
           reader.remaining(), " bytes");
    }
    return reader.take(count * type->width, "a storage");
  }

  const std::string& source_;
  std::span<const std::byte> rest_;
  Pickle pickle_;
  std::unordered_map<std::string_view, std::span<const std::byte>> storages_;
};

}  // namespace

bool is_torch_legacy(std::span<const std::byte> bytes) {
  return size_of_magic(text_of(bytes)) != 0;
}

std::unique_ptr<const TorchParts> read_torch_legacy(std::span<const std::byte> bytes,
                                                    const std::string& source) {
  return std::make_unique<const TorchLegacy>(bytes, source);
}

}  // namespace sotto
