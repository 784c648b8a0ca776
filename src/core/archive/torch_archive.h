#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/archive/pickle_reader.h"
#include "core/archive/torch_parts.h"
#include "core/base/tensor.h"

namespace sotto {

/// A file of torch.save() or torch.jit.save(), in the zip format or the one before it. Nothing in
/// it is executed. One object is for one thread.
class TorchArchive {
 public:
  /// `owner` keeps `bytes` alive and goes into every view; `source` names the file in messages.
  /// Throws format or unsupported, for what PyTorch wrote at the very first with what to do about
  /// it.
  TorchArchive(std::span<const std::byte> bytes, std::string source,
               std::shared_ptr<const void> owner);

  [[nodiscard]] const PickleValue& root() const { return parts_->root(); }
  [[nodiscard]] const std::string& source() const { return source_; }

  /// True for what tensor() can read: a tensor or a parameter.
  [[nodiscard]] static bool is_tensor(const PickleValue& value);

  /// The tensor that `value` describes, its strides and offset honoured; every element it reaches
  /// is in the archive, and it has no more elements than its storage. A storage of float64 is
  /// converted to float32, once, each number to the nearest. `name` names the tensor in messages.
  /// Throws format, or unsupported for an element type that is none of DType.
  [[nodiscard]] TensorView tensor(const PickleValue& value, std::string_view name) const;

 private:
  struct Storage;
  struct Layout;
  using Floats = std::shared_ptr<const std::vector<float>>;
  [[nodiscard]] Storage storage(const PickleValue& value, std::string_view name) const;
  [[nodiscard]] Storage narrowed(const Storage& held) const;
  void check_reach(const Layout& layout, std::size_t elements, std::string_view name) const;
  [[noreturn]] void refuse(std::string_view name, std::string_view what) const;

  std::string source_;
  std::shared_ptr<const void> owner_;
  std::unique_ptr<const TorchParts> parts_;
  mutable std::map<std::string, Floats, std::less<>> narrowed_;  // by the storages' keys
};

/// True for bytes that begin as a file of PyTorch's does, in either format.
[[nodiscard]] bool begins_as_torch_file(std::span<const std::byte> bytes);

}  // namespace sotto
