#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "archive/zip_bytes.h"
#include "core/base/dtype.h"
#include "core/base/shape.h"

namespace sotto::test {

/// How a PyTorch file describes one tensor. Tests change what they want to be wrong.
struct TorchTensor {
  std::string name;
  std::string storage = "HalfStorage";
  std::string key;         ///< of its storage, below data/
  std::int64_t count = 0;  ///< elements of the storage
  std::int64_t offset = 0;
  Shape shape;
  Shape strides;
  bool is_parameter = false;
};

/// The parts of a file of torch.save, before they become bytes.
struct TorchFile {
  std::vector<std::pair<std::string, std::int64_t>> dims;
  std::vector<TorchTensor> tensors;
  std::map<std::string, std::string> storages;  ///< bytes by key
  std::string archive = "model";

  /// The tensor of this name, to change it.
  TorchTensor& tensor(const std::string& name);
  void set_dim(const std::string& name, std::int64_t value);

  /// {"dims": …, "model_state_dict": …}
  [[nodiscard]] std::string openai_pickle() const;
  /// The state dict alone, as Hugging Face saves it.
  [[nodiscard]] std::string state_pickle() const;
  /// A module of TorchScript with the tensors as attributes.
  [[nodiscard]] std::string module_pickle() const;

  /// The archive with this pickle.
  [[nodiscard]] ZipBytes zip(const std::string& pickle) const;
  [[nodiscard]] std::string openai() const { return zip(openai_pickle()).make(); }

  /// The file of PyTorch before 1.6 with this pickle: no archive, but the parts behind each other.
  [[nodiscard]] std::string legacy(const std::string& pickle) const;
};

/// openai_pickle() with dims of NumPy's int64, as NumPy 1 pickles them in protocol 2.
[[nodiscard]] std::string with_numpy_dims(const TorchFile& file);

/// A NumPy scalar of a type ("i8"), whose bytes are a piece; `order` is "<" or ">".
[[nodiscard]] std::string numpy_scalar(const std::string& module, const std::string& type,
                                       const std::string& bytes, const std::string& order = "<");

/// Bytes in protocol 2: text of which each character, in UTF-8, is one.
[[nodiscard]] std::string encoded_bytes(const std::string& latin1_as_utf8);

/// "HalfStorage", …
[[nodiscard]] std::string storage_name(DType dtype);

/// The pickle of one tensor.
[[nodiscard]] std::string pickled_tensor(const TorchTensor& tensor);

}  // namespace sotto::test
