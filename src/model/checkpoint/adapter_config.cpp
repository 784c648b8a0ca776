#include "model/checkpoint/adapter_config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "core/archive/printable.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/json/json_document.h"

namespace sotto {
namespace {

using nlohmann::json;

constexpr std::int64_t kHighestRank = 8192;
constexpr std::size_t kMostNames = 4096;
constexpr std::size_t kMostPatterns = 1024;
constexpr std::string_view kWayOn =
    "; merge it with PEFT (merge_and_unload) and take what that saves";

/// The object with its place in messages. A field that is null is taken for none, as PEFT has it.
class Fields {
 public:
  Fields(const json& object, const std::string& source) : object_(object), source_(source) {}

  [[noreturn]] void reject(std::string_view field, std::string_view expected) const {
    const json* value = find(field);
    fail(ErrorKind::format, source_, ": expected ", field, " to be ", expected, ", found ",
         value == nullptr     ? std::string("none")
         : value->is_string() ? printable(value->get_ref<const std::string&>())
                              : std::string(value->type_name()));
  }

  [[nodiscard]] const json* find(std::string_view field) const {
    const auto found = object_.find(field);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  [[nodiscard]] bool flag(std::string_view field) const {
    const json* value = find(field);
    if (value != nullptr && !value->is_boolean()) reject(field, "true or false");
    return value != nullptr && value->get<bool>();
  }

  [[nodiscard]] std::string text(std::string_view field) const {
    const json* value = find(field);
    if (value != nullptr && !value->is_string()) reject(field, "a text");
    return value == nullptr ? std::string() : value->get<std::string>();
  }

  /// A list of texts.
  [[nodiscard]] std::vector<std::string> texts(std::string_view field, const json& list) const {
    if (!list.is_array() || list.size() > kMostNames) {
      reject(field, concat("a list of at most ", kMostNames, " names"));
    }
    std::vector<std::string> texts;
    for (const json& item : list) {
      if (!item.is_string() || item.get_ref<const std::string&>().empty()) {
        reject(field, "a list of names");
      }
      texts.push_back(item.get<std::string>());
    }
    return texts;
  }

  /// A list of texts, or one as PEFT takes it for the same.
  [[nodiscard]] std::vector<std::string> names(std::string_view field) const {
    const json* value = find(field);
    if (value == nullptr) return {};
    return value->is_string() ? std::vector{value->get<std::string>()} : texts(field, *value);
  }

  /// A list of names or a regular expression.
  [[nodiscard]] ModuleChoice choice(std::string_view field) const {
    const json* value = find(field);
    if (value == nullptr) return {};
    if (*value == json("")) return {};
    if (value->is_string()) return {{}, value->get<std::string>()};
    return {texts(field, *value), std::nullopt};
  }

  [[nodiscard]] std::int64_t rank(std::string_view field, const json* value) const {
    const auto rank = value == nullptr ? std::nullopt : as_integer(*value);
    if (!rank || *rank < 1 || *rank > kHighestRank) {
      reject(field, concat("an integer from 1 to ", kHighestRank));
    }
    return *rank;
  }

  [[nodiscard]] double number(std::string_view field, const json* value) const {
    const double number = value == nullptr || !value->is_number() ? NAN : value->get<double>();
    if (!std::isfinite(number)) reject(field, "a number");
    return number;
  }

 private:
  const json& object_;
  const std::string& source_;
};

bool says_nothing(const json& value) {
  return value.is_null() || value == json(false) || (value.is_structured() && value.empty());
}

// Fields that make something else of a LoRA than base + product, unless they are null, false or
// empty.
void check_kind(const Fields& fields, const std::string& source) {
  if (const std::string type = fields.text("peft_type"); type != "LORA") {
    fail(ErrorKind::unsupported, source, ": expected peft_type to be LORA, found ",
         type.empty() ? "none" : printable(type), kWayOn);
  }
  constexpr std::array<std::string_view, 12> kOthers{
      "use_dora",        "use_qalora",        "use_bdlora",
      "kasa_config",     "velora_config",     "monteclora_config",
      "arrow_config",    "layer_replication", "alora_invocation_tokens",
      "megatron_config", "target_parameters", "trainable_token_indices"};
  for (const std::string_view field : kOthers) {
    const json* value = fields.find(field);
    if (value == nullptr || says_nothing(*value)) continue;
    fail(ErrorKind::unsupported, source, ": expected a plain LoRA, found ", field, kWayOn);
  }
}

// Some ways to begin change the base's weights too, by numbers that depend on who computes them.
void check_beginning(const Fields& fields, const std::string& source) {
  constexpr std::string_view kField = "init_lora_weights";
  const json* value = fields.find(kField);
  if (value == nullptr || value->is_boolean()) return;
  const std::string way = lower_case(fields.text(kField));
  constexpr std::array<std::string_view, 3> kOfTheBaseAsItIs{"gaussian", "eva", "orthogonal"};
  if (std::find(kOfTheBaseAsItIs.begin(), kOfTheBaseAsItIs.end(), way) != kOfTheBaseAsItIs.end()) {
    return;
  }
  fail(ErrorKind::unsupported, source,
       ": expected a LoRA of the base's weights as they are, found ", kField, " ", printable(way),
       ", which changes them", kWayOn);
}

// The keys of a pattern in their order; a JSON document has forgotten it.
std::vector<std::string> keys_of(std::span<const std::byte> bytes, const Fields& fields,
                                 const std::string& field, const std::string& source) {
  const json* value = fields.find(field);
  if (value == nullptr) return {};
  if (!value->is_object() || value->size() > kMostPatterns) {
    fields.reject(field, concat("an object of at most ", kMostPatterns, " names and numbers"));
  }
  return json_keys_of(bytes, field, source);
}

std::optional<std::vector<std::int64_t>> layers_of(const Fields& fields) {
  constexpr std::string_view kField = "layers_to_transform";
  const json* value = fields.find(kField);
  if (value == nullptr || says_nothing(*value)) return std::nullopt;
  const json list = value->is_array() ? *value : json::array({*value});
  std::vector<std::int64_t> layers;
  for (const json& item : list) {
    const auto layer = as_integer(item);
    if (!layer || *layer < 0) fields.reject(kField, "a layer's number or a list of such");
    layers.push_back(*layer);
  }
  return layers;
}

}  // namespace

AdapterConfig parse_adapter_config(std::span<const std::byte> bytes, const std::string& source) {
  constexpr JsonRules kRules{"an adapter's configuration in JSON", std::size_t{1} << 20};
  const json document = parse_json(bytes, source, kRules);
  const Fields fields(document, source);
  check_kind(fields, source);
  check_beginning(fields, source);
  AdapterConfig config;
  config.source = source;
  config.base_model = fields.text("base_model_name_or_path");
  config.rank = fields.rank("r", fields.find("r"));
  config.alpha = fields.number("lora_alpha", fields.find("lora_alpha"));
  for (const std::string& key : keys_of(bytes, fields, "rank_pattern", source)) {
    const json& rank = document["rank_pattern"][key];
    config.rank_pattern.emplace_back(key, fields.rank("rank_pattern", &rank));
  }
  for (const std::string& key : keys_of(bytes, fields, "alpha_pattern", source)) {
    const json& alpha = document["alpha_pattern"][key];
    config.alpha_pattern.emplace_back(key, fields.number("alpha_pattern", &alpha));
  }
  config.root_scaled = fields.flag("use_rslora");
  config.targets = fields.choice("target_modules");
  if (config.targets.empty()) fields.reject("target_modules", "names of modules");
  config.excluded = fields.choice("exclude_modules");
  config.saved = fields.names("modules_to_save");
  config.layers = layers_of(fields);
  config.layer_lists = fields.names("layers_pattern");
  return config;
}

}  // namespace sotto
