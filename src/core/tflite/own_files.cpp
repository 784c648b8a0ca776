#include "core/tflite/own_files.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "core/base/error.h"
#include "core/tflite/own_fields.h"
#include "core/tflite/own_operators.h"
#include "core/tflite/tflite_constants.h"
#include "core/tflite/tflite_cost.h"

namespace sotto {
namespace {

using Type = tflite::TensorType;
using Numbers = std::vector<std::int32_t>;

constexpr std::string_view kRuntimeVersion = "min_runtime_version";
constexpr flatbuffers::uoffset_t kRuntimeVersionBytes = 16;
constexpr std::int32_t kDequantize = 6;
constexpr std::int32_t kLastOldCode = 127;  // stands for "see the newer field"
// An operator has one output and at most a few constants of its own.
constexpr std::size_t kMostTensorsPerOperator = 8;
constexpr std::size_t kMostGraphs = 2;  // step and prefill

template <class... Parts>
[[noreturn]] void refuse(const Parts&... parts) {
  fail(ErrorKind::unsupported, parts...);
}

template <class Vector>
std::size_t length(const Vector* vector) {
  return vector == nullptr ? 0 : vector->size();
}

Numbers sorted(Numbers numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

Numbers tensors_of(const std::vector<std::pair<std::string, std::int32_t>>& ports) {
  Numbers numbers;
  for (const auto& [name, tensor] : ports) numbers.push_back(tensor);
  return numbers;
}

/// An operator's name for messages, which a hostile file cannot make long or break.
std::string shown_name(const TfliteOperator& op) {
  constexpr std::size_t kLongest = 64;
  std::string name = operator_name(op);
  const bool is_plain =
      name.size() <= kLongest &&
      std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
  return is_plain ? name : tflite_operator_name(op.code);
}

/// Looks at one graph of a file. Throws with sentences that lack the file's name in front.
class OwnGraph {
 public:
  OwnGraph(std::span<const std::byte> bytes, const TfliteSubgraph& graph,
           const tflite::SubGraph& stored)
      : bytes_(bytes), graph_(graph), stored_(stored) {}

  void check(const TfliteBudget& budget) const {
    check_no_field_beyond(&stored_, tflite::SubGraph::VT_NAME, "its graph has");
    if (graph_.operators.empty()) refuse("its graph computes nothing");
    check_budget(budget);
    check_operators();
    check_tensors();
    check_ends();
  }

 private:
  void check_budget(const TfliteBudget& budget) const {
    const TfliteCost cost = tflite_cost(graph_);
    const auto check = [](auto found, auto most, std::string_view what) {
      if (found <= most) return;
      refuse("it takes ", found, " ", what, ", and the part's graph accounts for at most ", most);
    };
    check(graph_.operators.size(), budget.operators, "operators");
    check(graph_.tensors.size(), kMostTensorsPerOperator * budget.operators, "tensors");
    check(cost.multiply_adds, budget.multiply_adds, "multiply-adds");
    check(cost.activation_bytes, budget.activation_bytes, "bytes of computed values");
  }

  void check_tensors() const {
    using Tensor = tflite::Tensor;
    for (std::size_t i = 0; i < graph_.tensors.size(); ++i) {
      const auto number = static_cast<flatbuffers::uoffset_t>(i);
      check_only_fields(stored_.tensors()->Get(number),
                        {Tensor::VT_SHAPE, Tensor::VT_TYPE, Tensor::VT_BUFFER, Tensor::VT_NAME,
                         Tensor::VT_HAS_RANK},
                        concat("tensor ", i, " has"));
      const TfliteTensor& tensor = graph_.tensors[i];
      if (tensor.constant) {
        check_constant(i, tensor);
      } else if (tensor.type != Type::float32) {
        refuse("tensor ", i, " is computed in ", to_string(tensor.type), ", expected float32");
      }
    }
  }

  void check_constant(std::size_t number, const TfliteTensor& tensor) const {
    const bool is_known =
        tensor.type == Type::float32 || tensor.type == Type::float16 || tensor.type == Type::int32;
    if (!is_known) refuse("tensor ", number, " is a constant of ", to_string(tensor.type));
    const auto width = static_cast<std::ptrdiff_t>(bits_of(tensor.type) / 8);
    if ((tensor.constant->data() - bytes_.data()) % width != 0) {
      refuse("tensor ", number, " is a constant at an odd address");
    }
  }

  void check_operators() const {
    for (std::size_t i = 0; i < graph_.operators.size(); ++i) {
      const TfliteOperator& op = graph_.operators[i];
      const auto number = static_cast<flatbuffers::uoffset_t>(i);
      try {
        check_own_operator({graph_, op, *stored_.operators()->Get(number)});
      } catch (const Error& error) {
        fail(error.kind(), "operator ", i, " (", shown_name(op), ") ", error.message());
      }
    }
  }

  // Every tensor is there for something: it is given, computed or a constant.
  void check_ends() const {
    std::set<std::int32_t> known;
    std::set<std::int32_t> widened;
    for (const TfliteOperator& op : graph_.operators) {
      known.insert(op.outputs.front());
      if (op.code == kDequantize) widened.insert(op.outputs.front());
    }
    for (const std::int32_t output : graph_.outputs) {
      if (known.contains(output) && !widened.contains(output)) continue;
      refuse("its output ", output, " is not computed");
    }
    for (const std::int32_t input : graph_.inputs) {
      const bool is_constant = graph_.tensors[static_cast<std::size_t>(input)].constant.has_value();
      if (is_constant || !known.insert(input).second) {
        refuse("its input ", input, " is a constant or given twice");
      }
    }
    const Numbers outputs = sorted(graph_.outputs);
    if (std::adjacent_find(outputs.begin(), outputs.end()) != outputs.end()) {
      refuse("it gives out one tensor twice");
    }
    for (std::size_t i = 0; i < graph_.tensors.size(); ++i) {
      if (graph_.tensors[i].constant || known.contains(static_cast<std::int32_t>(i))) continue;
      refuse("tensor ", i, " is neither given nor computed nor a constant");
    }
  }

  std::span<const std::byte> bytes_;
  const TfliteSubgraph& graph_;
  const tflite::SubGraph& stored_;
};

/// Looks at what a file has besides its graphs; the same of sentences.
class OwnFile {
 public:
  OwnFile(std::span<const std::byte> bytes, const TfliteModel& model)
      : bytes_(bytes), model_(model), root_(*flatbuffers::GetRoot<tflite::Model>(bytes.data())) {}

  void check(const TfliteBudget& budget) const {
    check_root();
    for (std::size_t i = 0; i < model_.subgraphs.size(); ++i) {
      const auto number = static_cast<flatbuffers::uoffset_t>(i);
      OwnGraph(bytes_, model_.subgraphs[i], *root_.subgraphs()->Get(number)).check(budget);
    }
    check_codes();
    check_buffers();
    check_signatures();
    check_metadata();
  }

 private:
  void check_root() const {
    using Root = tflite::Model;
    check_only_fields(
        &root_,
        {Root::VT_VERSION, Root::VT_OPERATOR_CODES, Root::VT_SUBGRAPHS, Root::VT_DESCRIPTION,
         Root::VT_BUFFERS, Root::VT_METADATA, Root::VT_SIGNATURE_DEFS},
        "it has");
    if (model_.subgraphs.size() > kMostGraphs) {
      refuse("it has ", model_.subgraphs.size(), " graphs, and Sotto writes at most ", kMostGraphs);
    }
  }

  void check_codes() const {
    using Code = tflite::OperatorCode;
    if (root_.operator_codes() == nullptr) return;
    std::set<std::uint32_t> used;
    for (const auto* graph : *root_.subgraphs()) {
      for (const auto* op : *graph->operators()) used.insert(op->opcode_index());
    }
    if (used.size() != root_.operator_codes()->size()) {
      refuse("it has kinds of operators that none of its operators is of");
    }
    for (const auto* code : *root_.operator_codes()) {
      check_only_fields(code,
                        {Code::VT_DEPRECATED_BUILTIN_CODE, Code::VT_VERSION, Code::VT_BUILTIN_CODE},
                        "a kind of operator has");
      if (code->deprecated_builtin_code() != std::min(code->builtin_code(), kLastOldCode)) {
        refuse("a kind of operator has the numbers ", int{code->deprecated_builtin_code()}, " and ",
               code->builtin_code(), ", of which the first should follow from the second");
      }
    }
  }

  // Where an offset stands, the reader has looked at those that tensors refer to.
  void check_buffers() const {
    if (root_.buffers() == nullptr) return;
    for (flatbuffers::uoffset_t i = 0; i < root_.buffers()->size(); ++i) {
      const tflite::Buffer& buffer = *root_.buffers()->Get(i);
      check_no_field_beyond(&buffer, tflite::Buffer::VT_SIZE, concat("buffer ", i, " has"));
      const bool is_inside = length(buffer.data()) > 0;
      const bool is_behind = buffer.offset() != 0 || buffer.size() != 0;
      const bool fits =
          buffer.offset() <= bytes_.size() && buffer.size() <= bytes_.size() - buffer.offset();
      if ((is_inside && is_behind) || !fits) {
        refuse("buffer ", i, " has its bytes in two places, or outside of the file");
      }
      if (i == 0 && (is_inside || is_behind)) refuse("buffer 0 is not empty");
    }
  }

  // A graph by itself may go without; of several, each has one.
  void check_signatures() const {
    const std::size_t graphs = model_.subgraphs.size(), signatures = model_.signatures.size();
    if (signatures > graphs || (graphs > 1 && signatures < graphs)) {
      refuse("it has ", signatures, " signatures for ", graphs,
             " graphs, and Sotto writes one each");
    }
    std::set<std::size_t> known;
    for (std::size_t i = 0; i < signatures; ++i) {
      const TfliteSignature& signature = model_.signatures[i];
      if (!known.insert(signature.subgraph).second) refuse("it has two signatures of one graph");
      check_signature(signature,
                      *root_.signature_defs()->Get(static_cast<flatbuffers::uoffset_t>(i)));
    }
  }

  void check_signature(const TfliteSignature& signature, const tflite::SignatureDef& stored) const {
    check_no_field_beyond(&stored, tflite::SignatureDef::VT_SUBGRAPH_INDEX, "its signature has");
    for (const auto* ports : {stored.inputs(), stored.outputs()}) {
      if (ports == nullptr) continue;
      for (const auto* port : *ports) {
        check_no_field_beyond(port, tflite::TensorMap::VT_TENSOR_INDEX,
                              "a port of its signature has");
        if (port->name() == nullptr) refuse("its signature has a port without a name");
      }
    }
    const TfliteSubgraph& graph = model_.subgraphs[signature.subgraph];
    if (sorted(tensors_of(signature.inputs)) != sorted(graph.inputs) ||
        sorted(tensors_of(signature.outputs)) != sorted(graph.outputs)) {
      refuse("its signature names other tensors than its graph takes and gives out");
    }
  }

  void check_metadata() const {
    if (length(root_.metadata()) == 0) return;
    const tflite::Metadata& stored = *root_.metadata()->Get(0);
    check_no_field_beyond(&stored, tflite::Metadata::VT_BUFFER, "its metadata has");
    if (root_.metadata()->size() > 1 || model_.metadata.front() != kRuntimeVersion) {
      refuse("it has metadata besides ", kRuntimeVersion);
    }
    const auto* text = root_.buffers()->Get(stored.buffer())->data();
    const bool ends =
        length(text) == kRuntimeVersionBytes && text->Get(kRuntimeVersionBytes - 1) == 0;
    if (!ends) refuse("its ", kRuntimeVersion, " is not a text of 16 bytes");
  }

  std::span<const std::byte> bytes_;
  const TfliteModel& model_;
  const tflite::Model& root_;
};

using Named = std::vector<std::pair<std::string, const TfliteTensor*>>;

Named named(const TfliteSubgraph& graph, const Numbers& tensors) {
  Named ports;
  for (const std::int32_t number : tensors) {
    const TfliteTensor& tensor = graph.tensors[static_cast<std::size_t>(number)];
    ports.emplace_back(tensor.name, &tensor);
  }
  return ports;
}

Named named(const TfliteSubgraph& graph,
            const std::vector<std::pair<std::string, std::int32_t>>& signature) {
  Named ports;
  for (const auto& [name, number] : signature) {
    ports.emplace_back(name, &graph.tensors[static_cast<std::size_t>(number)]);
  }
  return ports;
}

void check_port(const Named& found, const TflitePort& port, const std::string& source) {
  const auto same = std::find_if(found.begin(), found.end(),
                                 [&](const auto& other) { return other.first == port.name; });
  if (same == found.end()) {
    fail(ErrorKind::mismatch, source, ": expected a port named ", port.name, ", found none");
  }
  const TfliteTensor& tensor = *same->second;
  if (tensor.shape == port.shape && tensor.type == Type::float32) return;
  fail(ErrorKind::mismatch, source, ": expected ", port.name, " to be float32 of ",
       to_string(port.shape), ", found ", to_string(tensor.type), " of ",
       shown_shape(tensor.shape));
}

}  // namespace

const TfliteSignature* find_signature(const TfliteModel& model, std::string_view key) {
  const auto found =
      std::find_if(model.signatures.begin(), model.signatures.end(),
                   [&](const TfliteSignature& other) { return key.empty() || other.key == key; });
  return found == model.signatures.end() ? nullptr : &*found;
}

void check_ports(const TfliteModel& model, const TflitePorts& ports, const std::string& source) {
  const TfliteSignature* signature = find_signature(model, ports.signature);
  if (signature == nullptr && !ports.signature.empty()) {
    fail(ErrorKind::mismatch, source, ": expected a graph that is called ", ports.signature,
         ", found none");
  }
  const TfliteSubgraph& graph = model.subgraphs[signature == nullptr ? 0 : signature->subgraph];
  const Named inputs =
      signature == nullptr ? named(graph, graph.inputs) : named(graph, signature->inputs);
  const Named outputs =
      signature == nullptr ? named(graph, graph.outputs) : named(graph, signature->outputs);
  if (inputs.size() != ports.inputs.size() || outputs.size() != ports.outputs.size()) {
    fail(ErrorKind::mismatch, source, ": expected ", ports.inputs.size(), " inputs and ",
         ports.outputs.size(), " outputs, found ", inputs.size(), " and ", outputs.size());
  }
  for (const TflitePort& port : ports.inputs) check_port(inputs, port, source);
  for (const TflitePort& port : ports.outputs) check_port(outputs, port, source);
}

void check_own_file(std::span<const std::byte> bytes, const TfliteModel& model,
                    const TfliteBudget& budget, const std::string& source) {
  try {
    OwnFile(bytes, model).check(budget);
  } catch (const Error& error) {
    fail(error.kind(), source, ": ", error.message());
  }
}

}  // namespace sotto
