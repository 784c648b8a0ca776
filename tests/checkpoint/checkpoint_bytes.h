#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checkpoint/torch_bytes.h"
#include "core/base/dtype.h"
#include "core/base/shape.h"
#include "core/bundle/dims.h"

namespace sotto::test {

/// A tensor as a file holds it: dense, row-major.
struct StoredTensor {
  DType dtype = DType::float16;
  Shape shape;
  std::string bytes;
};

/// A Whisper model of a few thousand numbers, under OpenAI's names.
struct SmallModel {
  WhisperDims dims;
  std::map<std::string, StoredTensor> tensors;
};

/// Two encoder layers, one decoder layer; the values are noise, different in every tensor.
[[nodiscard]] SmallModel small_model(DType dtype = DType::float16);

/// One layer each and 64 wide, so that the dims follow from the shapes.
[[nodiscard]] SmallModel model_of_one_head(DType dtype = DType::float16);

[[nodiscard]] TorchFile torch_file(const SmallModel& model);

/// Named tensors for a safetensors file; `bytes` may be changed to be wrong.
using SafeTensors = std::vector<std::pair<std::string, StoredTensor>>;

/// The file with Hugging Face's names for OpenAI's.
[[nodiscard]] TorchFile under_hugging_face_names(TorchFile file, const SmallModel& model);

/// The bytes of a safetensors file.
[[nodiscard]] std::string safetensors(const SafeTensors& tensors);

/// The model under Hugging Face's names, and its config.json.
[[nodiscard]] SafeTensors hugging_face_tensors(const SmallModel& model);
[[nodiscard]] std::string hugging_face_config(const WhisperDims& dims);

/// A CTranslate2 model.bin, before it becomes bytes.
struct CTranslate2File {
  struct Variable {
    std::string name;
    Shape shape;
    int type = 4;
    std::string bytes;
  };
  std::uint32_t version = 6;
  std::string spec = "WhisperSpec";
  std::uint32_t revision = 3;
  std::vector<Variable> variables;
  std::vector<std::pair<std::string, std::string>> aliases;

  Variable& variable(const std::string& name);
  [[nodiscard]] std::string make() const;
};
[[nodiscard]] CTranslate2File ctranslate2_file(const SmallModel& model);

/// The tensors of one half ("encoder." or "decoder.") as a TorchScript file of ours names them.
[[nodiscard]] TorchFile module_file(const SmallModel& model, std::string_view half);

}  // namespace sotto::test
