#include <algorithm>
#include <flatbuffers/verifier.h>
#include <utility>

#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/tflite/composite_attributes.h"
#include "core/tflite/tflite_constants.h"
#include "core/tflite/tflite_model.h"
#include "core/tflite/well_formed.h"

namespace sotto {
namespace {

constexpr std::size_t kIdentifierEnd = 8;
constexpr std::uintptr_t kAlignment = alignof(std::uint64_t);
constexpr std::uint32_t kFormatVersion = 3;
constexpr std::int32_t kCustom = 32, kComposite = 206;
constexpr flatbuffers::uoffset_t kMostNesting = 16;
constexpr flatbuffers::uoffset_t kMostTables = 1'000'000;
// Parts of a flatbuffer may share their bytes, so that a small file can describe what would not fit
// into memory. Models of thousands of operators need about a megabyte.
constexpr std::size_t kMostDescription = std::size_t{1} << 27;

template <class Vector>
std::size_t length(const Vector* vector) {
  return vector == nullptr ? 0 : vector->size();
}

/// Turns a verified flatbuffer into a TfliteModel. What the verifier cannot know is checked here:
/// what numbers refer to, and whether constants are as large as their shapes say.
class Parser {
 public:
  Parser(std::span<const std::byte> bytes, const std::string& source)
      : source_(source),
        root_(*flatbuffers::GetRoot<tflite::Model>(bytes.data())),
        constants_(bytes, root_.buffers(), source) {}

  TfliteModel parse() {
    if (root_.version() != kFormatVersion) {
      fail(ErrorKind::unsupported, source_, ": expected version 3 of the TFLite format, found ",
           root_.version());
    }
    TfliteModel model;
    model.description = text(root_.description());
    if (length(root_.subgraphs()) == 0) refuse("it has no graph");
    for (const auto* graph : *root_.subgraphs()) {
      model.subgraphs.push_back(subgraph(*graph, concat("graph ", model.subgraphs.size())));
    }
    if (root_.signature_defs() != nullptr) {
      for (const auto* entry : *root_.signature_defs()) {
        model.signatures.push_back(signature(*entry, model.subgraphs));
      }
    }
    if (root_.metadata() != nullptr) {
      for (const auto* entry : *root_.metadata()) model.metadata.push_back(metadata(*entry));
    }
    return model;
  }

 private:
  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    fail(ErrorKind::format, source_, ": no valid TFLite file: ", parts...);
  }

  void spend(std::size_t bytes) {
    description_ += bytes;
    if (description_ > kMostDescription) {
      refuse("names and lists of more than ", kMostDescription >> 20U, " MB");
    }
  }

  std::string text(const flatbuffers::String* string) {
    spend(length(string));
    return string == nullptr ? std::string() : string->str();
  }

  Shape shape(const tflite::Tensor& tensor, const std::string& place) {
    spend(length(tensor.shape()) * sizeof(std::int64_t));
    Shape shape;
    if (tensor.shape() != nullptr) shape.assign(tensor.shape()->begin(), tensor.shape()->end());
    if (!checked_num_elements(shape)) {
      refuse(place, " has the impossible shape ", shown_shape(shape));
    }
    return shape;
  }

  static bool is_fixed(const flatbuffers::Vector<std::int32_t>* signature) {
    return signature == nullptr || std::none_of(signature->begin(), signature->end(),
                                                [](std::int32_t extent) { return extent < 0; });
  }

  TfliteTensor tensor(const tflite::Tensor& stored, const std::string& place) {
    TfliteTensor tensor;
    tensor.name = text(stored.name());
    tensor.type = stored.type();
    tensor.shape = shape(stored, place);
    tensor.has_fixed_shape = is_fixed(stored.shape_signature());
    tensor.is_variable = stored.is_variable();
    if (stored.quantization() != nullptr) tensor.scales = length(stored.quantization()->scale());
    tensor.constant = constants_.bytes_of(stored, tensor.shape, place);
    return tensor;
  }

  std::vector<std::int32_t> indices(const flatbuffers::Vector<std::int32_t>* stored,
                                    std::int32_t least, std::size_t tensors,
                                    const std::string& place) {
    spend(length(stored) * sizeof(std::int32_t));
    if (stored == nullptr) return {};
    for (const std::int32_t index : *stored) {
      if (index < least || (index >= 0 && static_cast<std::size_t>(index) >= tensors)) {
        refuse(place, " refers to tensor ", index, " of ", tensors);
      }
    }
    return {stored->begin(), stored->end()};
  }

  TfliteComposite composite(const tflite::CompositeOptions& stored, const std::string& place) {
    const std::int32_t graph = stored.decomposition_subgraph_index();
    if (graph < 0 || static_cast<std::size_t>(graph) >= root_.subgraphs()->size()) {
      refuse(place, " refers to graph ", graph, " of ", root_.subgraphs()->size());
    }
    TfliteComposite composite{text(stored.name()), static_cast<std::size_t>(graph), {}};
    const auto* bytes = stored.attributes();
    if (length(bytes) == 0) return composite;
    spend(length(bytes));
    composite.groups = integer_attribute({bytes->data(), bytes->size()}, "num_groups",
                                         concat(source_, ": no valid TFLite file: ", place));
    return composite;
  }

  TfliteOperator operation(const tflite::Operator& stored, std::size_t tensors,
                           const std::string& place) {
    const auto* codes = root_.operator_codes();
    if (stored.opcode_index() >= length(codes)) {
      refuse(place, " refers to operator code ", stored.opcode_index(), " of ", length(codes));
    }
    const tflite::OperatorCode& code = *codes->Get(stored.opcode_index());
    TfliteOperator op;
    op.code = std::max<std::int32_t>(code.deprecated_builtin_code(), code.builtin_code());
    if (op.code < 0) refuse(place, " has the negative code ", op.code);
    if (op.code == kCustom) op.custom_name = text(code.custom_code());
    op.version = code.version();
    constexpr std::int32_t kNotGiven = -1;
    op.inputs = indices(stored.inputs(), kNotGiven, tensors, place);
    op.outputs = indices(stored.outputs(), 0, tensors, place);
    if (const auto* gelu = stored.builtin_options_as_GeluOptions()) {
      op.approximate_gelu = gelu->approximate();
    }
    if (const auto* product = stored.builtin_options_as_BatchMatMulOptions()) {
      op.adj_x = product->adj_x();
      op.adj_y = product->adj_y();
    }
    const auto* options = stored.more_builtin_options_as_CompositeOptions();
    if (op.code == kComposite && options != nullptr) op.composite = composite(*options, place);
    return op;
  }

  TfliteSubgraph subgraph(const tflite::SubGraph& stored, const std::string& place) {
    TfliteSubgraph graph;
    graph.name = text(stored.name());
    if (stored.tensors() != nullptr) {
      for (const auto* entry : *stored.tensors()) {
        const std::string here = concat("tensor ", graph.tensors.size(), " of ", place);
        graph.tensors.push_back(tensor(*entry, here));
      }
    }
    const std::size_t tensors = graph.tensors.size();
    if (stored.operators() != nullptr) {
      for (const auto* entry : *stored.operators()) {
        const std::string here = concat("operator ", graph.operators.size(), " of ", place);
        graph.operators.push_back(operation(*entry, tensors, here));
      }
    }
    graph.inputs = indices(stored.inputs(), 0, tensors, place);
    graph.outputs = indices(stored.outputs(), 0, tensors, place);
    check_well_formed(graph, place, source_);
    return graph;
  }

  std::string metadata(const tflite::Metadata& stored) {
    if (stored.buffer() >= length(root_.buffers())) {
      refuse("its metadata refers to buffer ", stored.buffer(), " of ", length(root_.buffers()));
    }
    return text(stored.name());
  }

  using TensorMaps = flatbuffers::Vector<flatbuffers::Offset<tflite::TensorMap>>;
  std::vector<std::pair<std::string, std::int32_t>> named(const TensorMaps* stored,
                                                          std::size_t tensors) {
    std::vector<std::pair<std::string, std::int32_t>> entries;
    if (stored == nullptr) return entries;
    for (const auto* entry : *stored) {
      if (entry->tensor_index() >= tensors) {
        refuse("a signature refers to tensor ", entry->tensor_index(), " of a graph that has ",
               tensors);
      }
      entries.emplace_back(text(entry->name()), static_cast<std::int32_t>(entry->tensor_index()));
    }
    return entries;
  }

  TfliteSignature signature(const tflite::SignatureDef& stored,
                            const std::vector<TfliteSubgraph>& subgraphs) {
    TfliteSignature signature;
    signature.key = text(stored.signature_key());
    signature.subgraph = stored.subgraph_index();
    if (signature.subgraph >= subgraphs.size()) {
      refuse("a signature refers to graph ", signature.subgraph, " of ", subgraphs.size());
    }
    const std::size_t tensors = subgraphs[signature.subgraph].tensors.size();
    signature.inputs = named(stored.inputs(), tensors);
    signature.outputs = named(stored.outputs(), tensors);
    return signature;
  }

  const std::string& source_;
  const tflite::Model& root_;
  TfliteConstants constants_;
  std::size_t description_ = 0;
};

/// The verifier takes less than 2 GB, and that is where the flatbuffer of a larger file must end.
void verify(std::span<const std::byte> bytes, const std::string& source) {
  flatbuffers::Verifier::Options options;
  options.max_depth = kMostNesting;
  options.max_tables = kMostTables;
  const std::size_t size =
      std::min<std::size_t>(bytes.size(), std::size_t{FLATBUFFERS_MAX_BUFFER_SIZE} - 1);
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(bytes.data()), size,
                                 options);
  if (!verifier.VerifyBuffer<tflite::Model>("TFL3")) {
    fail(ErrorKind::format, source,
         ": no valid TFLite file: it is cut short or damaged, for parts of it lie outside of it");
  }
}

}  // namespace

bool is_tflite(std::span<const std::byte> bytes) {
  return bytes.size() >= kIdentifierEnd &&
         flatbuffers::BufferHasIdentifier(bytes.data(), tflite::ModelIdentifier());
}

TfliteModel parse_tflite(std::span<const std::byte> bytes, const std::string& source,
                         std::shared_ptr<const void> owner) {
  if (!is_tflite(bytes)) {
    fail(ErrorKind::format, source,
         ": expected a TFLite file, which has \"TFL3\" at its fifth byte, found something else");
  }
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % kAlignment != 0) {
    fail(ErrorKind::internal, source, ": the bytes of a TFLite file begin at an odd address");
  }
  verify(bytes, source);
  TfliteModel model = Parser(bytes, source).parse();
  model.owner = std::move(owner);
  return model;
}

TfliteModel read_tflite(const std::filesystem::path& path) {
  auto file = MappedFile::open(path);
  const auto bytes = file->bytes();
  return parse_tflite(bytes, path.string(), std::move(file));
}

}  // namespace sotto
