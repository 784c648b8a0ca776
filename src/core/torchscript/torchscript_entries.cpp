#include "core/torchscript/torchscript_entries.h"

#include <cstring>
#include <string_view>
#include <utility>

#include "core/archive/pickle_writer.h"
#include "core/base/error.h"
#include "core/torchscript/torchscript_code.h"

namespace sotto {
namespace {

// The file format version of torch 1.13, the first whose `gelu` names its approximation; newer
// versions of torch read it too.
constexpr std::string_view kFormatVersion = "10\n";

void check_constants(const Graph& graph) {
  for (const Value& value : graph.values()) {
    if (value.constant && (value.dtype == DType::int32 || value.dtype == DType::int64)) {
      fail(ErrorKind::unsupported, "graph ", graph.name(), ": expected constants of floats, found ",
           value.name, " of ", to_string(value.dtype));
    }
  }
}

// The module object: its class and the state that its instance gets. A buffer's elements are the
// entry of its own name, so that a listing of the archive tells what is in it.
std::string module_pickle(const Graph& graph, const TorchScriptCode& code) {
  PickleWriter pickle;
  pickle.global("__torch__", code.class_name).empty_tuple().new_object();
  pickle.empty_dict().mark();
  for (const TorchScriptBuffer& buffer : code.buffers) {
    pickle.text(buffer.attribute);
    pickle.tensor(DType::float32, graph.shape(buffer.value), buffer.attribute);
  }
  pickle.text("training").boolean(false);
  pickle.text("_is_full_backward_hook").none();
  pickle.set_items().build();
  return pickle.finish();
}

std::string constants_pickle(const TorchScriptCode& code) {
  PickleWriter pickle;
  pickle.mark();
  for (std::size_t i = 0; i < code.factors.size(); ++i) {
    pickle.tensor(DType::float32, Shape{}, concat(i));
  }
  pickle.tuple();
  return pickle.finish();
}

std::string bytes_of(float factor) {
  std::string bytes(sizeof factor, '\0');
  std::memcpy(bytes.data(), &factor, sizeof factor);
  return bytes;
}

}  // namespace

std::vector<TorchScriptEntry> torchscript_entries(const Graph& graph) {
  check_constants(graph);
  const TorchScriptCode code = torchscript_code(graph);
  std::vector<TorchScriptEntry> entries;
  const auto add = [&](const std::string& name, std::string content) {
    const std::uint64_t size = content.size();
    entries.push_back({concat(graph.name(), "/", name), std::move(content), std::nullopt, size});
  };
  add("version", std::string(kFormatVersion));
  add("data.pkl", module_pickle(graph, code));
  add(kTorchScriptCodeEntry, code.text);
  add("constants.pkl", constants_pickle(code));
  for (std::size_t i = 0; i < code.factors.size(); ++i) {
    add(concat("constants/", i), bytes_of(code.factors[i]));
  }
  for (const TorchScriptBuffer& buffer : code.buffers) {
    const auto elements = static_cast<std::uint64_t>(num_elements(graph.shape(buffer.value)));
    entries.push_back({concat(graph.name(), "/data/", buffer.attribute),
                       {},
                       buffer.value,
                       elements * sizeof(float)});
  }
  return entries;
}

}  // namespace sotto
