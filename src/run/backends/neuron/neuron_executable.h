#pragma once

#include <memory>
#include <vector>

#include "run/backends/backend.h"
#include "run/backends/neuron/device.h"

namespace sotto::neuron {

/// A part on the NPU. Buffers are bound to the device once and again when others take their place;
/// where the device pads an input or output, a buffer of its size stands between.
class NeuronExecutable : public Executable {
 public:
  NeuronExecutable(std::shared_ptr<Device> device, const ModelPart& part, const PartFile& file);

  [[nodiscard]] const Signature& signature() const override { return signature_; }
  void bind_input(std::size_t index, Tensor& tensor) override;
  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override;
  void rest() override { graph_->file().file->leave(); }

 private:
  struct Port {
    std::size_t place = 0;  ///< in the network's order
    Shape padded;           ///< as the device wants it; the port's shape where it pads none
    bool is_padded = false;
    Tensor staging;  ///< of the device's shape, or the longest; made when needed
    const std::byte* current = nullptr;  ///< what is bound
  };
  [[nodiscard]] std::vector<Port> match(const std::vector<Signature::Port>& ports,
                                        const std::vector<std::string>& names,
                                        Direction direction) const;
  void measure(Port& port, const Signature::Port& described, Direction direction) const;
  Tensor& staging(Port& port) const;
  void use_input(std::size_t index, const Tensor& tensor);
  void bind(std::size_t index, const Tensor& tensor);

  std::shared_ptr<Device> device_;
  Signature signature_;
  std::unique_ptr<LoadedGraph> graph_;
  std::vector<Port> inputs_, outputs_;
  std::vector<bool> bound_;
  std::vector<const Tensor*> staged_;  ///< of bound inputs that are padded: where they lie
};

}  // namespace sotto::neuron
