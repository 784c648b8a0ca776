#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "run/backends/backend.h"
#include "run/backends/litert/litert_runtime.h"

namespace sotto::litert {

/// A part's TFLite file, ready to run. Tensors are read and written where they lie. The file's
/// shapes are fixed, though: where an axis is variable and a run shorter, it goes by way of memory
/// that is filled up with zeros, and what was asked for is kept, which graphs of a variable length
/// allow.
class LitertExecutable : public Executable {
 public:
  /// `model` is the part's file, which check_file() has seen, and `signature` the part's graph in
  /// it. Throws mismatch, naming the file, when the ports that LiteRT finds are not the part's.
  LitertExecutable(std::shared_ptr<const Runtime> runtime,
                   std::shared_ptr<const CompiledModel> model, std::size_t signature,
                   const ModelPart& part);

  [[nodiscard]] const Signature& signature() const override { return signature_; }
  void bind_input(std::size_t index, Tensor& tensor) override;
  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override;

 private:
  /// A port of the signature: which of the file's ports it is, and where its elements lie.
  struct Port {
    std::size_t place = 0;
    TensorType type{};
    Tensor memory;                          ///< for shorter runs; empty until the first of them
    std::map<const void*, Buffer> buffers;  ///< by the memory that they show
  };

  [[nodiscard]] Port match(const Signature::Port& port, const std::vector<FilePort>& found) const;
  [[nodiscard]] BufferHandle* buffer(Port& port, Tensor& tensor) const;
  void use(Port& port, Tensor& tensor, std::vector<BufferHandle*>& handles) const;
  void use_memory(Port& port, const Signature::Port& described,
                  std::vector<BufferHandle*>& handles) const;

  std::shared_ptr<const Runtime> runtime_;
  std::string file_;
  Signature signature_;
  std::shared_ptr<const CompiledModel> model_;
  std::size_t place_;                   // of its graph among the file's signatures
  std::vector<Port> inputs_, outputs_;  ///< in the signature's order
  std::vector<BufferHandle*> input_handles_, output_handles_;  ///< in the file's
  std::vector<bool> bound_;
};

}  // namespace sotto::litert
