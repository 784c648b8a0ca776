#include "run/backends/cpu/prepare/fusing.h"

#include <utility>

#include "core/base/error.h"

namespace sotto::cpu {
namespace {

class Fuser {
 public:
  explicit Fuser(const Graph& graph)
      : graph_(graph), users_(graph.values().size()), fused_(graph.nodes().size()) {
    for (std::size_t index = 0; index < graph.nodes().size(); ++index) {
      for (const ValueId id : operands(graph.nodes()[index].op)) users_[id.index].push_back(index);
    }
    for (const ValueId id : graph.outputs()) users_[id.index].push_back(kOutside);
  }

  std::vector<Unit> run() {
    // A unit runs where its last node stood: everything that any of its nodes reads is there then.
    std::vector<std::optional<Unit>> units(graph_.nodes().size());
    for (std::size_t index = 0; index < graph_.nodes().size(); ++index) {
      if (fused_[index]) continue;
      last_ = index;
      Unit unit = unit_from(index);
      units[last_] = std::move(unit);
    }
    std::vector<Unit> ordered;
    for (auto& unit : units) {
      if (unit) ordered.push_back(*std::move(unit));
    }
    return ordered;
  }

 private:
  static constexpr std::size_t kOutside = static_cast<std::size_t>(-1);

  const Node& node(std::size_t index) const { return graph_.nodes()[index]; }

  /// The node that alone reads this value; nullopt when there are others or it leaves the graph.
  std::optional<std::size_t> only_user(ValueId id) const {
    const auto& users = users_[id.index];
    if (users.size() != 1 || users.front() == kOutside) return std::nullopt;
    return users.front();
  }

  /// The operation of that kind that alone reads this value, with its index.
  template <class Operation>
  std::pair<const Operation*, std::size_t> only_user_as(ValueId id) const {
    const auto user = only_user(id);
    if (!user) return {nullptr, 0};
    return {std::get_if<Operation>(&node(*user).op), *user};
  }

  Unit unit_from(std::size_t index) {
    if (const auto* scores = std::get_if<op::MatMul>(&node(index).op)) {
      if (const auto attention = attention_from(*scores, node(index).output)) return *attention;
    }
    Chain chain{&node(index), {}};
    while (const auto next = next_in_chain(chain)) {
      chain.tail.push_back(&node(*next));
      take(*next);
    }
    return chain;
  }

  void take(std::size_t index) {
    fused_[index] = true;
    last_ = std::max(last_, index);
  }

  std::optional<Unit> attention_from(const op::MatMul& product, ValueId scores) {
    Attention attention{product.a, product.b, std::nullopt, {}, {}};
    std::vector<std::size_t> taken;
    if (const auto [add, index] = only_user_as<op::Add>(scores); add != nullptr) {
      const Shape& shape = graph_.shape(scores);
      if (add->a != scores || graph_.shape(add->b) != Shape(shape.end() - 2, shape.end())) {
        return std::nullopt;
      }
      attention.mask = add->b;
      taken.push_back(index);
      scores = node(index).output;
    }
    const auto softmax = only_user_as<op::Softmax>(scores);
    if (softmax.first == nullptr) return std::nullopt;
    const ValueId weights = node(softmax.second).output;
    const auto mixed = only_user_as<op::MatMul>(weights);
    if (mixed.first == nullptr || mixed.first->a != weights) return std::nullopt;
    attention.value = mixed.first->b;
    attention.output = node(mixed.second).output;
    taken.insert(taken.end(), {softmax.second, mixed.second});
    for (const std::size_t index : taken) take(index);
    return attention;
  }

  std::optional<std::size_t> next_in_chain(const Chain& chain) const {
    const Op& head = chain.head->op;
    const bool is_linear = std::holds_alternative<op::Linear>(head);
    const bool is_product = is_linear || std::holds_alternative<op::MatMul>(head) ||
                            std::holds_alternative<op::Conv1d>(head);
    const auto user = only_user(chain.output());
    if (!is_product || !user) return std::nullopt;
    const Op& next = node(*user).op;
    if (std::holds_alternative<op::Scale>(next) || std::holds_alternative<op::Gelu>(next)) {
      return user;
    }
    const auto* add = std::get_if<op::Add>(&next);
    return is_linear && add != nullptr && can_absorb(*add, chain.output()) ? user : std::nullopt;
  }

  /// Whole tensors and single rows can be added on the way out of a product.
  bool can_absorb(const op::Add& add, ValueId value) const {
    const Shape& shape = graph_.shape(value);
    const Shape& other = graph_.shape(other_operand(add, value));
    if (add.b == value) return other == shape;
    return other == Shape{shape.back()} || num_elements(other) == num_elements(shape);
  }

  const Graph& graph_;
  std::vector<std::vector<std::size_t>> users_;  ///< of each value, the nodes that read it
  std::vector<bool> fused_;                      ///< of each node, whether an earlier one took it
  std::size_t last_ = 0;                         ///< the last node of the unit in the making
};

}  // namespace

ValueId output_of(const Unit& unit) {
  return std::visit(Overloaded{
                        [](const Chain& chain) { return chain.output(); },
                        [](const Attention& attention) { return attention.output; },
                    },
                    unit);
}

std::string kind_of(const Unit& unit) {
  const auto* chain = std::get_if<Chain>(&unit);
  if (chain == nullptr) return "attention";
  std::string kind(op_name(chain->head->op));
  for (const Node* node : chain->tail) kind += concat("+", op_name(node->op));
  return kind;
}

std::vector<Unit> fuse(const Graph& graph) { return Fuser(graph).run(); }

ValueId other_operand(const op::Add& add, ValueId value) { return add.a == value ? add.b : add.a; }

}  // namespace sotto::cpu
