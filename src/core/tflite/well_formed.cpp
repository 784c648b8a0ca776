#include "core/tflite/well_formed.h"

#include "core/base/error.h"
#include "core/tflite/operator_forms.h"

namespace sotto {
namespace {

/// Where a tensor's values come from, as far as the operators so far tell.
enum class Origin { nowhere, given, computed };

std::string numbers(std::size_t least, std::size_t most) {
  if (least == most) return concat(least);
  return most == OperatorForm::kAny ? concat("at least ", least) : concat(least, " to ", most);
}

class Checker {
 public:
  Checker(const TfliteSubgraph& graph, const std::string& place, const std::string& source)
      : graph_(graph), place_(place), source_(source), origins_(graph.tensors.size()) {}

  void check() {
    for (std::size_t i = 0; i < origins_.size(); ++i) {
      if (needs_no_origin(graph_.tensors[i])) origins_[i] = Origin::given;
    }
    for (const std::int32_t input : graph_.inputs) origin(input) = Origin::given;
    for (const TfliteOperator& op : graph_.operators) {
      check_counts(op);
      for (const std::int32_t input : op.inputs) check_input(input);
      for (const std::int32_t output : op.outputs) check_output(output);
      ++operator_;
    }
    for (const std::int32_t output : graph_.outputs) {
      if (origin(output) != Origin::nowhere) continue;
      fail(ErrorKind::format, source_, ": no valid TFLite file: ", place_, " gives out tensor ",
           output, ", which nothing computes");
    }
  }

 private:
  // A constant without elements has no bytes to know it by; what lies outside of tensors (strings,
  // resources) or stays from run to run has its values elsewhere.
  static bool needs_no_origin(const TfliteTensor& tensor) {
    return tensor.constant || tensor.is_variable || bits_of(tensor.type) == 0 ||
           num_elements(tensor.shape) == 0;
  }

  Origin& origin(std::int32_t tensor) { return origins_[static_cast<std::size_t>(tensor)]; }

  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    fail(ErrorKind::format, source_, ": no valid TFLite file: operator ", operator_, " of ", place_,
         " (", tflite_operator_name(graph_.operators[operator_].code), ") ", parts...);
  }

  void check_counts(const TfliteOperator& op) const {
    const OperatorForm form = operator_form(tflite_operator_name(op.code));
    const std::size_t inputs = op.inputs.size(), outputs = op.outputs.size();
    if (inputs < form.least_inputs || inputs > form.most_inputs) {
      refuse("has ", inputs, " inputs, expected ", numbers(form.least_inputs, form.most_inputs));
    }
    if (outputs < form.least_outputs || outputs > form.most_outputs) {
      refuse("has ", outputs, " outputs, expected ",
             numbers(form.least_outputs, form.most_outputs));
    }
    for (std::size_t i = 0; i < inputs; ++i) {
      if (op.inputs[i] >= 0 || i >= form.optional_from) continue;
      refuse("has no input ", i, ", expected only those to be left out that its kind can miss");
    }
  }

  void check_input(std::int32_t input) {
    if (input >= 0 && origin(input) == Origin::nowhere) {
      refuse("reads tensor ", input, ", which nothing before it computes");
    }
  }

  void check_output(std::int32_t output) {
    const TfliteTensor& tensor = graph_.tensors[static_cast<std::size_t>(output)];
    if (tensor.constant) refuse("writes tensor ", output, ", which is a constant");
    if (origin(output) == Origin::computed) {
      refuse("writes tensor ", output, ", which another operator writes");
    }
    if (origin(output) == Origin::given && !needs_no_origin(tensor)) {
      refuse("writes tensor ", output, ", which is an input of the graph");
    }
    origin(output) = Origin::computed;
  }

  const TfliteSubgraph& graph_;
  const std::string& place_;
  const std::string& source_;
  std::vector<Origin> origins_;  ///< by tensor
  std::size_t operator_ = 0;
};

}  // namespace

void check_well_formed(const TfliteSubgraph& graph, const std::string& place,
                       const std::string& source) {
  Checker(graph, place, source).check();
}

}  // namespace sotto
