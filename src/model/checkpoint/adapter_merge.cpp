#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "core/archive/printable.h"
#include "core/base/error.h"
#include "core/base/jobs.h"
#include "model/checkpoint/adapter.h"
#include "model/checkpoint/adapter_modules.h"
#include "model/checkpoint/adapter_rules.h"
#include "model/checkpoint/adapter_tensors.h"
#include "model/checkpoint/low_rank.h"
#include "model/checkpoint/tensor_names.h"

namespace sotto {
namespace {

/// A product to add, as the adapter holds it.
struct Addition {
  ModuleKind kind = ModuleKind::linear;
  TensorView a, b;
  std::int64_t rank = 0;
  double factor = 0;
};

/// What becomes of a tensor of the base's.
struct Change {
  std::string name;  ///< as the adapter calls it, for messages
  const AdapterTensor* whole = nullptr;
  std::vector<Addition> additions;
};

TensorView transposed(TensorView view) {
  std::swap(view.shape[0], view.shape[1]);
  std::swap(view.strides[0], view.strides[1]);
  return view;
}

LowRankProduct product_of(const Addition& addition) {
  const bool lies_the_other_way = addition.kind == ModuleKind::embedding;
  LowRankProduct product;
  product.left = to_float32(lies_the_other_way ? transposed(addition.a) : addition.b);
  product.right = to_float32(lies_the_other_way ? transposed(addition.b) : addition.a);
  product.rank = addition.rank;
  product.factor = static_cast<float>(addition.factor);
  return product;
}

std::string module_of(std::string_view tensor) {
  return std::string(tensor.substr(0, std::min(tensor.rfind('.'), tensor.size())));
}

/// A module that the adapter names, to find out whose names it uses.
std::string any_module(const AdapterTensors& tensors) {
  if (!tensors.pairs.empty()) return tensors.pairs.begin()->first;
  return tensors.others.empty() ? std::string() : module_of(tensors.others.begin()->first);
}

class Merge {
 public:
  Merge(const Checkpoint& base, const Adapter& adapter)
      : base_(base),
        adapter_(adapter),
        source_(adapter.files.weights.string()),
        found_(sort_adapter_tensors(adapter.tensors, source_)),
        modules_(base.dims, any_module(found_)),
        rules_(adapter.config) {}

  [[nodiscard]] TensorTable tensors() {
    for (const auto& [name, tensor] : found_.others) add_whole(name, tensor);
    check_tied_parts();
    for (const auto& [name, pair] : found_.pairs) add_pair(name, pair);
    check_targets();
    return changed();
  }

 private:
  /// The end of sentences about what does not fit the base.
  [[nodiscard]] std::string trained_on() const {
    const std::string& base = adapter_.config.base_model;
    return base.empty() ? "" : concat("; the adapter was trained on ", printable(base));
  }

  [[noreturn]] void refuse_name(const std::string& name) const {
    fail(ErrorKind::mismatch, source_, ": expected only modules of the base ", base_.path.string(),
         ", found also ", printable(name), trained_on());
  }

  void check_tensor(const AdapterTensor& tensor, const Shape& shape) const {
    if (tensor.view.shape != shape) {
      fail(ErrorKind::mismatch, source_, ": expected the tensor ", printable(tensor.name),
           " of shape ", to_string(shape), " by the base's dims and the adapter's rank, found ",
           to_string(tensor.view.shape), trained_on());
    }
    if (tensor.view.dtype == DType::int32 || tensor.view.dtype == DType::int64) {
      fail(ErrorKind::mismatch, source_, ": expected the tensor ", printable(tensor.name),
           " of a float type, found ", to_string(tensor.view.dtype));
    }
  }

  [[nodiscard]] const std::string& tensor_of(const std::string& name) const {
    const AdapterModule* module = modules_.find(module_of(name));
    if (module != nullptr && name.ends_with(".weight")) return module->weight;
    if (module != nullptr && name.ends_with(".bias") && !module->bias.empty()) return module->bias;
    refuse_name(name);
  }

  void add_whole(const std::string& name, const AdapterTensor& tensor) {
    const std::string& openai = tensor_of(name);
    check_tensor(tensor, base_.tensors.at(openai).shape);
    Change& change = changes_[openai];
    if (change.whole != nullptr) {
      check_tied(change.whole->view, tensor.view, printable(tensor.name), source_);
    }
    change.name = name;
    change.whole = &tensor;
  }

  /// A head or an embedding that was trained as a copy is no longer the other's matrix.
  void check_tied_parts() const {
    const AdapterModule* head = modules_.head();
    if (head == nullptr) return;
    const auto embedding =
        std::find_if(modules_.all().begin(), modules_.all().end(),
                     [&](const AdapterModule& module) { return module.weight == head->weight; });
    const auto change = changes_.find(head->weight);
    for (const AdapterModule* copy : {head, &*embedding}) {
      if (!rules_.saves(copy->name)) continue;
      const AdapterModule* other = copy == head ? &*embedding : head;
      const bool has_other = found_.others.contains(concat(other->name, ".weight"));
      if (change != changes_.end() && !has_other) {
        const TensorView whole =
            as_type(change->second.whole->view, base_.tensors.at(head->weight).dtype);
        check_tied(base_.tensors.at(head->weight), whole, copy->name, source_);
      }
      if (found_.pairs.contains(other->name)) {
        fail(ErrorKind::unsupported, adapter_.config.source, ": expected ", copy->name, " and ",
             other->name, " to stay one matrix, as in every Whisper model, found only ", copy->name,
             " in modules_to_save");
      }
    }
  }

  void check_pair(const AdapterModule& module, const LowRankPair& pair) const {
    const Shape& shape = base_.tensors.at(module.weight).shape;
    const std::int64_t rank = rules_.rank_of(module.name);
    switch (module.kind) {
      case ModuleKind::embedding:
        check_tensor(*pair.a, {rank, shape[0]});
        check_tensor(*pair.b, {shape[1], rank});
        return;
      case ModuleKind::convolution:
        check_tensor(*pair.a, {rank, shape[1], shape[2]});
        check_tensor(*pair.b, {shape[0], rank, 1});
        return;
      case ModuleKind::linear:
      case ModuleKind::head:
      case ModuleKind::norm:
        check_tensor(*pair.a, {rank, shape[1]});
        check_tensor(*pair.b, {shape[0], rank});
    }
  }

  void add_pair(const std::string& name, const LowRankPair& pair) {
    const AdapterModule* module = modules_.find(name);
    if (module == nullptr || module->kind == ModuleKind::norm) refuse_name(name);
    const bool is_embedding = module->kind == ModuleKind::embedding;
    if (!pair.a || !pair.b || pair.is_embedding != is_embedding) {
      const std::string_view infix = is_embedding ? "embedding_" : "";
      fail(ErrorKind::mismatch, source_, ": expected lora_", infix, "A and lora_", infix, "B of ",
           name, ", found not both");
    }
    if (!rules_.targets(*module)) {
      fail(ErrorKind::mismatch, source_, ": expected products for the target_modules of ",
           adapter_.config.source, " alone, found also one for ", name);
    }
    check_pair(*module, pair);
    const std::int64_t rank = rules_.rank_of(name);
    const double factor = rules_.factor_of(name);
    Change& change = changes_[module->weight];
    change.name = concat(name, ".weight");
    change.additions.push_back({module->kind, pair.a->view, pair.b->view, rank, factor});
    if (pair.bias) add_bias(*module, *pair.bias, factor);
  }

  /// lora_bias: a product of one column, which is the bias, and 1.
  void add_bias(const AdapterModule& module, const AdapterTensor& bias, double factor) {
    if (module.bias.empty()) {
      fail(ErrorKind::mismatch, source_, ": expected no bias for ", module.name,
           ", which has none in the base, found ", printable(bias.name));
    }
    check_tensor(bias, base_.tensors.at(module.bias).shape);
    Change& change = changes_[module.bias];
    change.name = concat(module.name, ".bias");
    change.additions.push_back(
        {ModuleKind::linear, own_values({1, 1}, {1.0F}), bias.view, 1, factor});
  }

  void check_targets() const {
    for (const AdapterModule& module : modules_.all()) {
      if (found_.pairs.contains(module.name) || !rules_.targets(module)) continue;
      fail(ErrorKind::mismatch, source_, ": expected lora_A and lora_B of ", module.name,
           ", which target_modules of ", adapter_.config.source, " names, found none",
           trained_on());
    }
  }

  [[nodiscard]] TensorView apply(const Change& change, const TensorView& before) const {
    TensorView view = before;
    if (change.whole != nullptr) {
      view = change.whole->view;
      if (view.dtype != before.dtype) view = as_type(view, before.dtype);
    }
    if (!change.additions.empty()) {
      std::vector<LowRankProduct> products;
      products.reserve(change.additions.size());
      for (const Addition& addition : change.additions) products.push_back(product_of(addition));
      view = add_products(view, products);
    }
    if (is_finite(view)) return view;
    fail(ErrorKind::mismatch, source_, ": expected numbers that ", to_string(view.dtype),
         " holds once merged, found others in ", printable(change.name));
  }

  [[nodiscard]] TensorTable changed() const {
    std::map<std::string, TensorView> results;
    std::vector<std::pair<std::uint64_t, std::function<void()>>> jobs;
    for (const auto& [name, change] : changes_) {
      const TensorView& before = base_.tensors.at(name);
      TensorView& result = results[name];
      jobs.emplace_back(static_cast<std::uint64_t>(num_elements(before.shape)),
                        [&, what = &change] { result = apply(*what, before); });
    }
    run_jobs(largest_first(std::move(jobs)), std::max(1U, std::thread::hardware_concurrency()));
    TensorTable table;
    for (const auto& [name, view] : base_.tensors.all()) {
      const auto found = results.find(name);
      table.add(name, found == results.end() ? view : std::move(found->second));
    }
    return table;
  }

  const Checkpoint& base_;
  const Adapter& adapter_;
  const std::string source_;
  const AdapterTensors found_;
  const AdapterModules modules_;
  const AdapterRules rules_;
  std::map<std::string, Change> changes_;  // by OpenAI's names
};

}  // namespace

Checkpoint merge_adapter(Checkpoint base, const Adapter& adapter) {
  base.tensors = Merge(base, adapter).tensors();
  base.adapter = adapter.files;
  return base;
}

}  // namespace sotto
