#include "compile/emitters/torchscript/torchscript_writer.h"

#include "compile/emitters/torchscript/torchscript_code.h"
#include "core/archive/pickle_writer.h"
#include "core/archive/zip_writer.h"
#include "core/base/error.h"

namespace sotto {
namespace {

// The file format version of torch 1.13, the first whose `gelu` names its approximation; newer
// versions of torch read it too.
constexpr std::string_view kFormatVersion = "10\n";

ZipContent as_float32(const TensorView& view) {
  const auto bytes = static_cast<std::uint64_t>(num_elements(view.shape)) * sizeof(float);
  return {bytes, [view](std::uint64_t offset, std::span<std::byte> out) {
            read_float32(view, static_cast<std::int64_t>(offset / sizeof(float)),
                         {reinterpret_cast<float*>(out.data()), out.size() / sizeof(float)});
          }};
}

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

}  // namespace

void write_torchscript(const Graph& graph, ByteSink& sink) {
  check_constants(graph);
  const TorchScriptCode code = torchscript_code(graph);
  ZipWriter archive(sink);
  const auto entry = [&](const auto&... parts) { return concat(graph.name(), "/", parts...); };
  archive.add(entry("version"), kFormatVersion);
  archive.add(entry("data.pkl"), module_pickle(graph, code));
  archive.add(entry("code/__torch__.py"), code.text);
  archive.add(entry("constants.pkl"), constants_pickle(code));
  for (std::size_t i = 0; i < code.factors.size(); ++i) {
    archive.add(entry("constants/", i), as_float32(own_values({}, {code.factors[i]})));
  }
  for (const TorchScriptBuffer& buffer : code.buffers) {
    const TensorView& view = *graph.value(buffer.value).constant;
    archive.add(entry("data/", buffer.attribute), as_float32(view));
  }
  archive.finish();
}

}  // namespace sotto
