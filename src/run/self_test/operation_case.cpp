#include "run/self_test/operation_case.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <string_view>

#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/bundle/bundle_model.h"
#include "core/bundle/graph_limits.h"
#include "core/bundle/graph_table.h"
#include "core/tflite/tflite_constants.h"
#include "run/self_test/operation_codes.h"

namespace sotto {
namespace {

std::string joined(std::span<const std::byte> integers) {
  std::vector<std::int32_t> values(integers.size() / sizeof(std::int32_t));
  std::memcpy(values.data(), integers.data(), values.size() * sizeof(std::int32_t));
  std::string text;
  for (const std::int32_t value : values) text += concat(text.empty() ? "(" : ", ", value);
  return text.empty() ? "()" : text + ")";
}

/// What the options say that goes into the computation; empty where nothing does.
std::string options_of(const TfliteOperator& op, const tflite::Operator& raw) {
  switch (op.code) {
    case operator_code::concatenation:
      if (const auto* options = raw.builtin_options_as_ConcatenationOptions()) {
        return concat(" along axis ", options->axis());
      }
      return {};
    case operator_code::conv_2d:
      if (const auto* options = raw.builtin_options_as_Conv2DOptions()) {
        return concat(" by strides (", options->stride_h(), ", ", options->stride_w(), ')');
      }
      return {};
    case operator_code::softmax:
      if (const auto* options = raw.builtin_options_as_SoftmaxOptions()) {
        return options->beta() == 1 ? "" : concat(" with beta ", options->beta());
      }
      return {};
    case operator_code::mean:
    case operator_code::reduce_max:
      if (const auto* options = raw.builtin_options_as_ReducerOptions()) {
        return options->keep_dims() ? "" : " without the axis";
      }
      return {};
    case operator_code::batch_matmul:
      return concat(op.adj_x ? " left turned" : "", op.adj_y ? " right turned" : "");
    default:
      return {};
  }
}

/// A graph's operators on their way into cases.
class Collector {
 public:
  Collector(const TfliteModel& model, std::shared_ptr<const MappedFile> file, std::string graph)
      : graph_(model.subgraphs.front()),
        file_(std::move(file)),
        name_(std::move(graph)),
        raw_(*tflite::GetModel(file_->bytes().data())->subgraphs()->Get(0)->operators()) {
    for (std::size_t i = 0; i < graph_.operators.size(); ++i) note_dequantize(i);
  }

  void run(std::vector<OperationCase>& cases) {
    std::map<std::string, std::size_t> known;
    for (std::size_t i = 0; i < cases.size(); ++i) known[title(cases[i])] = i;
    for (std::size_t i = 0; i < graph_.operators.size(); ++i) {
      if (is_folded(i)) continue;
      OperationCase added = make(i);
      const auto [place, is_new] = known.emplace(title(added), cases.size());
      if (is_new) cases.push_back(std::move(added));
      OperationCase& found = cases[place->second];
      ++found.occurrences;
      if (found.graphs.empty() || found.graphs.back() != name_) found.graphs.push_back(name_);
    }
  }

 private:
  static std::string title(const OperationCase& one) {
    return concat(one.operation, ' ', one.description);
  }
  [[nodiscard]] const TfliteTensor& tensor(std::int32_t index) const {
    return graph_.tensors[static_cast<std::size_t>(index)];
  }
  [[nodiscard]] const tflite::Operator* raw(std::size_t index) const {
    return raw_.Get(static_cast<flatbuffers::uoffset_t>(index));
  }

  void note_dequantize(std::size_t index) {
    const TfliteOperator& op = graph_.operators[index];
    const bool is_constant = op.code == operator_code::dequantize && op.inputs.size() == 1 &&
                             op.inputs[0] >= 0 && tensor(op.inputs[0]).constant;
    if (is_constant) dequantized_[op.outputs.front()] = index;
  }
  [[nodiscard]] bool is_folded(std::size_t index) const {
    const auto found = dequantized_.find(graph_.operators[index].outputs.front());
    return found != dequantized_.end() && found->second == index;
  }

  OperationCase make(std::size_t index) {
    const TfliteOperator& op = graph_.operators[index];
    OperationCase made;
    made.operation = operator_name(op);
    made.owner = file_;
    made.file = file_->path().string();
    made.graph.name = made.operation;
    places_.clear();
    TfliteOperator copy = op;
    for (std::int32_t& input : copy.inputs) {
      if (input < 0) continue;
      const bool is_first = places_.find(input) == places_.end();
      const std::int32_t place = place_of(input, made);
      made.description += concat(made.description.empty() ? "" : ", ",
                                 is_first ? described(input) : concat("input ", place));
      input = place;
    }
    for (std::int32_t& output : copy.outputs) {
      made.description += concat(" -> ", shown_shape(tensor(output).shape));
      output = add_tensor(output, made);
      made.graph.outputs.push_back(output);
    }
    made.description += options_of(op, *raw(index));
    made.graph.operators.push_back(std::move(copy));
    made.raw.push_back(raw(index));
    return made;
  }

  [[nodiscard]] std::string described(std::int32_t index) const {
    const TfliteTensor& one = tensor(index);
    if (one.type == tflite::TensorType::int32 && one.constant) return joined(*one.constant);
    const auto folded = dequantized_.find(index);
    const bool is_constant = one.constant || folded != dequantized_.end();
    const tflite::TensorType stored =
        folded == dequantized_.end() ? one.type
                                     : tensor(graph_.operators[folded->second].inputs.front()).type;
    return concat(is_constant ? "constant " : "",
                  stored == tflite::TensorType::float32 ? "" : concat(to_string(stored), ' '),
                  shown_shape(one.shape));
  }

  std::int32_t add_tensor(std::int32_t index, OperationCase& made) {
    TfliteTensor copy = tensor(index);
    if (copy.constant && copy.type != tflite::TensorType::int32) copy.constant.emplace();
    made.graph.tensors.push_back(std::move(copy));
    return places_[index] = static_cast<std::int32_t>(made.graph.tensors.size() - 1);
  }

  std::int32_t place_of(std::int32_t index, OperationCase& made) {
    if (const auto known = places_.find(index); known != places_.end()) return known->second;
    const auto folded = dequantized_.find(index);
    if (folded == dequantized_.end()) {
      const std::int32_t place = add_tensor(index, made);
      if (!tensor(index).constant) made.graph.inputs.push_back(place);
      return place;
    }
    TfliteOperator dequantize = graph_.operators[folded->second];
    dequantize.inputs[0] = add_tensor(dequantize.inputs[0], made);
    dequantize.outputs[0] = add_tensor(index, made);
    made.graph.operators.push_back(dequantize);
    made.raw.push_back(raw(folded->second));
    return dequantize.outputs[0];
  }

  const TfliteSubgraph& graph_;
  std::shared_ptr<const MappedFile> file_;
  std::string name_;
  const flatbuffers::Vector<flatbuffers::Offset<tflite::Operator>>& raw_;
  std::map<std::int32_t, std::size_t> dequantized_;  ///< tensors, and the operators that make them
  std::map<std::int32_t, std::int32_t> places_;      ///< of the case that is being made
};

/// What a file of this graph may take, however many tokens it takes at once: lowering makes up to
/// fifteen operators of one, and widens matrices. The rest is for the smallest graphs.
TfliteBudget budget_of(GraphKind kind, const WhisperDims& dims) {
  constexpr std::size_t kOperators = 32;
  constexpr std::int64_t kTimes = 2, kLeast = 1 << 24;
  const GraphLimits limits = limits_of(kind, dims, dims.n_text_ctx);
  return {kOperators * (limits.values + 1), kTimes * limits.multiply_adds + kLeast,
          kTimes * (limits.activation_bytes + limits.constant_bytes) + kLeast};
}

}  // namespace

void add_operation_cases(const std::filesystem::path& file, const std::string& graph,
                         const TfliteBudget& budget, std::vector<OperationCase>& cases) {
  auto mapped = MappedFile::open(file);
  const TfliteModel model = parse_tflite(mapped->bytes(), file.string(), mapped);
  check_own_file(mapped->bytes(), model, budget, file.string());
  Collector(model, mapped, graph).run(cases);
}

std::vector<OperationCase> operation_cases(const Bundle& bundle) {
  const WhisperDims dims = model_of(bundle).dims;
  std::vector<OperationCase> cases;
  for (const FileRecord& record : bundle.manifest().files) {
    const auto role = parse_graph_role(record.role);
    if (!role || !role->soc.empty() || role->form != Form::tflite) continue;
    add_operation_cases(bundle.folder() / record.name, record.role, budget_of(role->graph, dims),
                        cases);
  }
  if (cases.empty()) {
    fail(ErrorKind::not_found, bundle.folder().string(),
         ": expected TFLite files, of whose operations each is tried, found none: export the model "
         "with ",
         Option{"format", "tflite"});
  }
  return cases;
}

}  // namespace sotto
