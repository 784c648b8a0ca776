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
           " to be float32 by the signature, found ", to_string(port.dtype));
    }
    ports.push_back({port.name, port.shape});
  }
  return ports;
}

// Lowering makes fifteen operators of a layer norm, and every matrix may be widened by an operator
// of its own. What is multiplied stays as it is; of Whisper's graphs the values grow by a tenth.
// The rest is for the smallest graphs.
TfliteBudget budget_of(const GraphLimits& limits) {
  constexpr std::size_t kOperators = 32;
  constexpr std::int64_t kTimes = 2, kWidened = 2, kLeast = 1 << 24;
  return {kOperators * (limits.values + 1), kTimes * limits.multiply_adds + kLeast,
          kTimes * limits.activation_bytes + kWidened * limits.constant_bytes + kLeast};
}

}  // namespace

std::size_t check_file(const ModelPart& part, const PartFile& wanted,
                       const std::shared_ptr<const MappedFile>& file) {
  const std::string source = wanted.path.string();
  const TfliteModel model = parse_tflite(file->bytes(), source, file);
  check_ports(model,
              {ports(part.signature.inputs, source), ports(part.signature.outputs, source),
               wanted.signature_key},
              source);
  const TfliteSignature* signature = find_signature(model, wanted.signature_key);
  const std::size_t place =
      signature == nullptr ? 0 : static_cast<std::size_t>(signature - model.signatures.data());
  if (part.trust == Trust::any_files) return place;
  try {
    check_own_file(file->bytes(), model, budget_of(part.limits), source);
  } catch (const Error& error) {
    fail(error.kind(), error.message(), " (", Option{"trust"}, " runs it all the same)");
  }
  return place;
}

}  // namespace sotto::litert
