#include "run/backends/litert/litert_file.h"

#include "core/base/error.h"
#include "core/tflite/own_files.h"

namespace sotto::litert {
namespace {

std::vector<TflitePort> ports(const std::vector<Signature::Port>& described,
                              const std::string& source) {
  std::vector<TflitePort> ports;
  for (const Signature::Port& port : described) {
    if (port.dtype != DType::float32) {
      fail(ErrorKind::unsupported, source, ": expected ", port.name,
           " to be float32 in the graph, found ", to_string(port.dtype));
    }
    ports.push_back({port.name, port.shape});
  }
  return ports;
}

// Lowering makes fifteen operators of a layer norm, and every matrix may be widened by an operator
// of its own. What is multiplied stays as it is; of Whisper's graphs the values grow by a tenth.
// The rest is for the smallest graphs.
TfliteBudget budget_of(const Graph& graph) {
  constexpr std::size_t kOperators = 32;
  constexpr std::int64_t kTimes = 2, kWidened = 2, kLeast = 1 << 24;
  const GraphCost whole = cost(graph);
  return {kOperators * (graph.values().size() + 1), kTimes * whole.multiply_adds + kLeast,
          kTimes * whole.activation_bytes + kWidened * whole.constant_bytes + kLeast};
}

}  // namespace

std::shared_ptr<const MappedFile> checked_file(const ModelPart& part, const Graph& graph) {
  const std::string source = part.tflite.string();
  auto file = MappedFile::open(part.tflite);
  const TfliteModel model = parse_tflite(file->bytes(), source, file);
  const Signature signature = signature_of(graph);
  check_ports(model, {ports(signature.inputs, source), ports(signature.outputs, source)}, source);
  if (part.trust == Trust::any_files) return file;
  try {
    check_own_file(file->bytes(), model, budget_of(graph), source);
  } catch (const Error& error) {
    fail(error.kind(), error.what(), " (--trust runs it all the same)");
  }
  return file;
}

}  // namespace sotto::litert
