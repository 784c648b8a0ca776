#include <algorithm>
#include <utility>

#include "core/archive/torch_parts.h"
#include "core/archive/torch_types.h"
#include "core/archive/zip_reader.h"
#include "core/base/error.h"

namespace sotto {
namespace {

// The archive's name is whatever its writer chose; all entries lie below it.
std::string find_prefix(const ZipReader& zip, const std::string& source) {
  constexpr std::string_view kPickle = "/data.pkl";
  const ZipEntry* found = nullptr;
  for (const ZipEntry& entry : zip.entries()) {
    if (!entry.name.ends_with(kPickle)) continue;
    if (entry.name.find('/') != entry.name.size() - kPickle.size()) continue;
    if (found != nullptr) {
      fail(ErrorKind::format, source, ": expected one data.pkl in the archive, found two");
    }
    found = &entry;
  }
  if (found == nullptr) {
    fail(ErrorKind::format, source,
         ": expected PyTorch's data.pkl in the zip archive, found none of this name");
  }
  return std::string(found->name.substr(0, found->name.size() - kPickle.size() + 1));
}

void check_byte_order(const ZipReader& zip, const std::string& prefix, const std::string& source) {
  constexpr std::string_view kLittle = "little";
  const ZipEntry* entry = zip.find(prefix + "byteorder");
  if (entry == nullptr) return;
  const auto content = zip.checked_content(*entry);
  const std::string_view order(reinterpret_cast<const char*>(content.data()), content.size());
  if (!order.starts_with(kLittle)) {
    fail(ErrorKind::unsupported, source,
         ": expected little-endian tensors, found that byteorder says otherwise");
  }
}

class TorchZip : public TorchParts {
 public:
  TorchZip(std::span<const std::byte> bytes, const std::string& source)
      : zip_(bytes, source), prefix_(find_prefix(zip_, source)) {
    check_byte_order(zip_, prefix_, source);
    const ZipEntry& entry = *zip_.find(prefix_ + "data.pkl");
    pickle_ = read_pickle(zip_.checked_content(entry), source, torch_pickle_rules());
  }

  [[nodiscard]] const PickleValue& root() const override { return pickle_.root(); }

  [[nodiscard]] std::optional<std::span<const std::byte>> storage(
      std::string_view key) const override {
    const ZipEntry* entry = zip_.find(concat(prefix_, "data/", key));
    if (entry == nullptr) return std::nullopt;
    return zip_.content(*entry);
  }

 private:
  ZipReader zip_;
  std::string prefix_;
  Pickle pickle_;
};

}  // namespace

std::unique_ptr<const TorchParts> read_torch_zip(std::span<const std::byte> bytes,
                                                 const std::string& source) {
  return std::make_unique<const TorchZip>(bytes, source);
}

}  // namespace sotto
