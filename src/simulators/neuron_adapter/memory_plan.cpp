#include "simulators/neuron_adapter/memory_plan.h"

#include <algorithm>

#include "simulators/neuron_adapter/moves.h"
#include "simulators/neuron_adapter/switches.h"

namespace sotto::simulator {
namespace {

constexpr std::size_t kAlignment = 32;  // elements
constexpr std::size_t kNever = SIZE_MAX;

bool goes_by_element(Kind kind) {
  switch (kind) {
    case Kind::gelu:
    case Kind::add:
    case Kind::subtract:
    case Kind::multiply:
    case Kind::divide:
    case Kind::maximum:
    case Kind::absolute:
    case Kind::reciprocal_sqrt:
    case Kind::squared_difference:
    case Kind::softmax:     // by rows, each of which is read before it is written
    case Kind::layer_norm:  // the same
      return true;
    default:
      return false;
  }
}

class Planner {
 public:
  Planner(const Network& network, std::span<const NetworkOperation> operations)
      : network_(network), operations_(operations), tensors_(network.tensors.size()) {
    for (std::uint32_t i = 0; i < tensors_.size(); ++i) {
      tensors_[i].root = i;
      tensors_[i].elements = count_elements(network.tensors[i].extents);
      tensors_[i].is_constant = network.tensors[i].is_constant;
    }
    for (const std::uint32_t port : network.inputs) tensors_[port].is_input = true;
    for (const std::uint32_t port : network.outputs) tensors_[port].is_output = true;
  }

  std::size_t run(std::vector<MemoryPlan::Location>& locations) {
    for (const NetworkOperation& operation : operations_) share(operation);
    leave_with_caller();
    live();
    for (std::size_t i = 0; i < operations_.size(); ++i) reuse(i);
    const std::size_t elements = place();
    for (std::uint32_t i = 0; i < tensors_.size(); ++i) locations[i] = location(i);
    return elements;
  }

 private:
  struct Tensor {
    std::uint32_t root = 0;  ///< the tensor that it lies in; itself where it has a place of its own
    std::size_t first = 0;   ///< its first element there
    std::size_t elements = 0;
    bool is_constant = false, is_input = false, is_output = false;
    // Of a root: whether the caller has it, its life from operation to operation, and its place.
    bool is_callers = false;
    std::size_t begin = kNever, end = 0, place = 0;
  };

  struct Spot {
    std::uint32_t root;
    std::size_t first;
  };
  [[nodiscard]] Spot spot(std::uint32_t tensor) const {
    Spot found{tensor, 0};
    while (tensors_[found.root].root != found.root) {
      const Tensor& inner = tensors_[found.root];
      found = {inner.root, found.first + inner.first};
    }
    return found;
  }
  void put(std::uint32_t tensor, std::uint32_t where, std::size_t first) {
    tensors_[tensor].root = where;
    tensors_[tensor].first = first;
  }

  /// Reshapes and pieces are what they are made of; what is joined is made where it is joined.
  void share(const NetworkOperation& operation) {
    const std::uint32_t output = operation.output;
    const Extents& extents = network_.tensors[output].extents;
    const Extents& input = network_.tensors[operation.inputs[0]].extents;
    if (operation.kind == Kind::concatenate) {
      join(operation);
    } else if (tensors_[output].is_output) {
      return;
    } else if (operation.kind == Kind::copy) {
      put(output, operation.inputs[0], 0);
    } else if (operation.kind == Kind::slice && is_contiguous(input, extents)) {
      put(output, operation.inputs[0], begin_of_slice(operation, input));
    }
  }

  void join(const NetworkOperation& operation) {
    const Extents& extents = network_.tensors[operation.output].extents;
    const auto axis = static_cast<std::ptrdiff_t>(operation.integers.at(0));
    if (std::any_of(extents.begin(), extents.begin() + axis, [](auto n) { return n != 1; })) return;
    std::size_t first = 0;
    for (const std::uint32_t input : operation.inputs) {
      const Tensor& tensor = tensors_[input];
      const bool is_free =
          tensor.root == input && !tensor.is_constant && !tensor.is_input && !tensor.is_output;
      if (is_free) put(input, operation.output, first);
      first += tensor.elements;
    }
  }

  /// Inputs that nothing reads but products, which take them as they are.
  void leave_with_caller() {
    if (switches().padded) return;
    for (const std::uint32_t input : network_.inputs) tensors_[input].is_callers = true;
    for (const NetworkOperation& operation : operations_) {
      if (spot(operation.output).root == spot(operation.inputs[0]).root) continue;  // a view
      for (std::size_t i = 0; i < operation.inputs.size(); ++i) {
        const bool takes =
            i > 0 && (operation.kind == Kind::batch_matmul || operation.kind == Kind::attention);
        if (!takes) tensors_[spot(operation.inputs[i]).root].is_callers = false;
      }
    }
  }

  void live() {
    for (const std::uint32_t input : network_.inputs) tensors_[input].begin = 0;
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      Tensor& written = tensors_[spot(operations_[i].output).root];
      written.begin = std::min(written.begin, i);
      written.end = std::max(written.end, i);
      for (const std::uint32_t input : operations_[i].inputs) {
        Tensor& read = tensors_[spot(input).root];
        read.end = std::max(read.end, i);
      }
    }
    for (const std::uint32_t output : network_.outputs) {
      tensors_[spot(output).root].end = operations_.size();
    }
  }

  /// What an operation makes element by element of what nobody reads any more takes its place.
  void reuse(std::size_t index) {
    const NetworkOperation& operation = operations_[index];
    Tensor& output = tensors_[operation.output];
    if (!goes_by_element(operation.kind) || output.root != operation.output || output.is_output) {
      return;
    }
    for (const std::uint32_t input : operation.inputs) {
      const std::uint32_t root = spot(input).root;
      Tensor& old = tensors_[root];
      const bool is_free = !old.is_constant && !old.is_input && !old.is_output;
      const bool is_whole =
          old.elements == output.elements && tensors_[input].elements == output.elements;
      if (is_free && is_whole && old.end == index && output.begin == index) {
        put(operation.output, root, 0);
        old.end = output.end;
        return;
      }
    }
  }

  /// The largest first, each as low as those that live at the same time let it.
  std::size_t place() {
    std::vector<std::uint32_t> roots;
    for (std::uint32_t i = 0; i < tensors_.size(); ++i) {
      const Tensor& tensor = tensors_[i];
      const bool has_life = tensor.begin != kNever;
      if (tensor.root == i && has_life && !tensor.is_constant && !tensor.is_callers) {
        roots.push_back(i);
      }
    }
    std::stable_sort(roots.begin(), roots.end(), [&](std::uint32_t a, std::uint32_t b) {
      return tensors_[a].elements > tensors_[b].elements;
    });
    std::size_t elements = 0;
    std::vector<std::uint32_t> placed;  // by place
    for (const std::uint32_t root : roots) {
      Tensor& tensor = tensors_[root];
      for (const std::uint32_t other : placed) {
        const Tensor& there = tensors_[other];
        const bool meet = there.begin <= tensor.end && tensor.begin <= there.end;
        if (!meet) continue;
        if (tensor.place + tensor.elements <= there.place) break;
        tensor.place = std::max(tensor.place, aligned(there.place + there.elements));
      }
      elements = std::max(elements, tensor.place + tensor.elements);
      placed.insert(std::upper_bound(placed.begin(), placed.end(), root,
                                     [&](std::uint32_t a, std::uint32_t b) {
                                       return tensors_[a].place < tensors_[b].place;
                                     }),
                    root);
    }
    return elements;
  }
  static std::size_t aligned(std::size_t place) {
    return (place + kAlignment - 1) / kAlignment * kAlignment;
  }

  [[nodiscard]] MemoryPlan::Location location(std::uint32_t tensor) const {
    const Spot found = spot(tensor);
    const Tensor& root = tensors_[found.root];
    if (root.is_constant) {
      return {MemoryPlan::Place::constant, found.root,
              network_.tensors[found.root].first + found.first};
    }
    if (root.is_callers) return {MemoryPlan::Place::caller, found.root, found.first};
    return {MemoryPlan::Place::memory, found.root, root.place + found.first};
  }

  const Network& network_;
  std::span<const NetworkOperation> operations_;
  std::vector<Tensor> tensors_;
};

}  // namespace

MemoryPlan::MemoryPlan(const Network& network, std::span<const NetworkOperation> operations)
    : locations_(network.tensors.size()) {
  elements_ = Planner(network, operations).run(locations_);
}

}  // namespace sotto::simulator
