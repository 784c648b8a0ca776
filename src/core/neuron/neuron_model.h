#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/neuron/neuron_api.h"
#include "core/tflite/tflite_model.h"

namespace sotto::neuron {

/// A graph on its way into NeuronAdapter: operands are added as they are first used, and values
/// live as long as this object, for the library points at those that are longer than a few bytes.
class ModelBuilder {
 public:
  /// `graph` and what keeps its constants must outlive the model's compilation.
  ModelBuilder(const Api& api, ModelHandle* model, const TfliteSubgraph& graph, std::string file);

  /// Inputs, then outputs, as the vendor's own client does it; before any operation.
  void identify();

  /// The operand of a tensor, with its value where it is a constant.
  [[nodiscard]] std::uint32_t tensor(std::int32_t index);

  [[nodiscard]] std::uint32_t scalar(std::int32_t value);
  [[nodiscard]] std::uint32_t scalar(std::uint32_t value);
  [[nodiscard]] std::uint32_t scalar(bool value);
  [[nodiscard]] std::uint32_t scalar(float value);
  /// A row of integers.
  [[nodiscard]] std::uint32_t integers(const std::vector<std::int32_t>& values);
  /// So many zeros of float32: a bias where there is none.
  [[nodiscard]] std::uint32_t zeros(std::int64_t count);

  void add(std::int32_t type, const std::vector<std::uint32_t>& inputs,
           const std::vector<std::int32_t>& outputs);
  /// Adds an operation of MediaTek's own, whose name stands behind its inputs.
  void add_general(std::string_view name, std::vector<std::uint32_t> inputs,
                   const std::vector<std::int32_t>& outputs);
  void finish();

  [[nodiscard]] const TfliteSubgraph& graph() const { return graph_; }
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  void check(Result result, std::string_view function) const {
    api_.check(result, function, file_);
  }
  std::uint32_t add_operand(std::int32_t type, const std::vector<std::uint32_t>& extents);
  void set_value(std::uint32_t operand, const void* data, std::size_t bytes);
  template <class Value>
  std::uint32_t add_scalar(std::int32_t type, Value value);

  const Api& api_;
  ModelHandle* model_;
  const TfliteSubgraph& graph_;
  std::string file_;
  std::uint32_t next_ = 0;
  std::map<std::int32_t, std::uint32_t> operands_;  ///< of tensors
  std::deque<std::vector<float>> zeros_;
  std::deque<std::vector<std::int32_t>> integers_;
  std::deque<std::string> names_;
};

}  // namespace sotto::neuron
