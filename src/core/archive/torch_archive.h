#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/archive/pickle_reader.h"
#include "core/archive/zip_reader.h"
#include "core/base/tensor.h"

namespace sotto {

/// A file of torch.save() or torch.jit.save(): a zip archive with `<name>/data.pkl`, whose tensors
/// lie in `<name>/data/<key>`. Nothing in it is executed.
class TorchArchive {
 public:
  /// `owner` keeps `bytes` alive and goes into every view; `source` names the file in messages.
  /// Throws format or unsupported, for PyTorch's older formats with what to do about them.
  TorchArchive(std::span<const std::byte> bytes, std::string source,
               std::shared_ptr<const void> owner);

  [[nodiscard]] const PickleValue& root() const { return pickle_.root(); }
  [[nodiscard]] const std::string& source() const { return source_; }

  /// True for what tensor() can read: a tensor or a parameter.
  [[nodiscard]] static bool is_tensor(const PickleValue& value);

  /// The tensor that `value` describes, its strides and offset honoured; every element it reaches
  /// is in the archive, and it has no more elements than its storage. `name` names it in messages.
  /// Throws format, or unsupported for an element type that is none of DType.
  [[nodiscard]] TensorView tensor(const PickleValue& value, std::string_view name) const;

 private:
  struct Storage;
  [[nodiscard]] Storage storage(const PickleValue& value, std::string_view name) const;
  [[noreturn]] void refuse(std::string_view name, std::string_view what) const;

  std::string source_;
  std::shared_ptr<const void> owner_;
  ZipReader zip_;
  std::string prefix_;
  Pickle pickle_;
};

}  // namespace sotto
