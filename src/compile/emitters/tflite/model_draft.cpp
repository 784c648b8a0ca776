#include "compile/emitters/tflite/model_draft.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "core/base/error.h"

namespace sotto {
namespace {

constexpr std::uint32_t kVersion = 3;  // of the format
// The oldest runtime that knows all of our operators' versions; readers look for it by this name.
constexpr const char* kRuntimeVersionName = "min_runtime_version";
constexpr std::string_view kRuntimeVersion = "2.14.0";
constexpr std::uint64_t kAlignment = 64;  // of weights in the file, so that kernels can map them

std::uint64_t aligned(std::uint64_t place) {
  return (place + kAlignment - 1) / kAlignment * kAlignment;
}

std::vector<std::int32_t> to_int32(const Shape& shape) {
  std::vector<std::int32_t> values;
  for (const std::int64_t extent : shape) {
    if (extent > std::numeric_limits<std::int32_t>::max()) {
      fail(ErrorKind::unsupported, "TFLite's extents are of 32 bits, found ", extent);
    }
    values.push_back(static_cast<std::int32_t>(extent));
  }
  return values;
}

tflite::TensorType tensor_type(DType dtype) {
  if (dtype == DType::float32) return tflite::TensorType::float32;
  if (dtype == DType::float16) return tflite::TensorType::float16;
  fail(ErrorKind::internal, "a TFLite tensor of ", to_string(dtype));
}

void write_zeros(std::uint64_t count, ByteSink& sink) {
  const std::array<std::byte, kAlignment> zeros{};
  sink.write(std::span(zeros).first(count));
}

}  // namespace

ModelDraft::ModelDraft(Weights weights) : weights_(weights) {
  (void)add_buffer({});  // number 0 is the empty one, by the format's rule
}

std::uint32_t ModelDraft::add_buffer(const std::vector<std::uint8_t>& bytes) {
  flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> data;
  if (!bytes.empty()) {
    builder_.ForceVectorAlignment(bytes.size(), 1, 16);
    data = builder_.CreateVector(bytes);
  }
  buffers_.push_back(tflite::CreateBuffer(builder_, data));
  return static_cast<std::uint32_t>(buffers_.size() - 1);
}

// The fields get a value when it is known where the weights come to lie; until then they hold one
// that is not their default, which the builder would leave out.
std::uint32_t ModelDraft::reserve_buffer() {
  const auto start = builder_.StartTable();
  if (weights_ == Weights::inside) {
    builder_.AddElement<std::uint32_t>(tflite::Buffer::VT_DATA, 1, 0);
  } else {
    builder_.AddElement<std::uint64_t>(tflite::Buffer::VT_OFFSET, 1, 0);
    builder_.AddElement<std::uint64_t>(tflite::Buffer::VT_SIZE, 1, 0);
  }
  buffers_.emplace_back(builder_.EndTable(start));
  return static_cast<std::uint32_t>(buffers_.size() - 1);
}

std::int32_t ModelDraft::add_tensor(const std::string& name, const Shape& shape,
                                    tflite::TensorType type, std::uint32_t buffer) {
  const auto extents = builder_.CreateVector(to_int32(shape));
  const auto text = builder_.CreateString(name);
  tflite::TensorBuilder tensor(builder_);
  tensor.add_shape(extents);
  tensor.add_type(type);
  tensor.add_buffer(buffer);
  tensor.add_name(text);
  tensor.add_has_rank(true);
  tensors_.push_back(tensor.Finish());
  return static_cast<std::int32_t>(tensors_.size() - 1);
}

std::int32_t ModelDraft::add_tensor(const std::string& name, const Shape& shape) {
  return add_tensor(name, shape, tflite::TensorType::float32, 0);
}

std::int32_t ModelDraft::add_constant(const std::string& name, const Shape& shape,
                                      const Blob& blob) {
  return add_tensor(name, shape, tensor_type(blob.stored), buffer_of(blob));
}

// A weight of several graphs is there once.
std::uint32_t ModelDraft::buffer_of(const Blob& blob) {
  const auto same = std::find_if(blobs_.begin(), blobs_.end(), [&](const PlacedBlob& other) {
    return is_same(other.blob, blob);
  });
  if (same != blobs_.end()) return same->buffer;
  blobs_.push_back({reserve_buffer(), blob});
  return blobs_.back().buffer;
}

std::uint32_t ModelDraft::buffer_of_integers(const std::vector<std::int32_t>& values) {
  const auto known = integer_buffers_.find(values);
  if (known != integer_buffers_.end()) return known->second;
  const auto bytes = std::as_bytes(std::span(values));
  std::vector<std::uint8_t> data(bytes.size());
  std::transform(bytes.begin(), bytes.end(), data.begin(),
                 [](std::byte byte) { return static_cast<std::uint8_t>(byte); });
  return integer_buffers_[values] = add_buffer(data);
}

std::int32_t ModelDraft::add_integers(const std::vector<std::int32_t>& values, const Shape& shape) {
  const auto known = integers_.find({shape, values});
  if (known != integers_.end()) return known->second;
  std::string name = "integers";
  for (const std::int32_t value : values) name += concat('_', value);
  if (shape.size() > 1) name += ".table";
  const std::int32_t tensor =
      add_tensor(name, shape, tflite::TensorType::int32, buffer_of_integers(values));
  integers_.emplace(std::pair(shape, values), tensor);
  return tensor;
}

std::uint32_t ModelDraft::opcode(OperatorKind kind) {
  const auto found = std::find(kinds_.begin(), kinds_.end(), kind);
  if (found != kinds_.end()) return static_cast<std::uint32_t>(found - kinds_.begin());
  kinds_.push_back(kind);
  return static_cast<std::uint32_t>(kinds_.size() - 1);
}

void ModelDraft::add_operator(OperatorKind kind, const std::vector<std::int32_t>& inputs,
                              std::int32_t output, OperatorOptions options) {
  operators_.push_back(tflite::CreateOperator(
      builder_, opcode(kind), builder_.CreateVector(inputs),
      builder_.CreateVector(std::vector<std::int32_t>{output}), options.type, options.table));
}

flatbuffers::Offset<tflite::SubGraph> ModelDraft::graph(const GraphEnds& ends) {
  const auto numbers = [](const Ports& ports) {
    std::vector<std::int32_t> tensors;
    for (const auto& [port, tensor] : ports) tensors.push_back(tensor);
    return tensors;
  };
  return tflite::CreateSubGraph(
      builder_, builder_.CreateVector(tensors_), builder_.CreateVector(numbers(ends.inputs)),
      builder_.CreateVector(numbers(ends.outputs)), builder_.CreateVector(operators_),
      builder_.CreateString(ends.name));
}

flatbuffers::Offset<tflite::SignatureDef> ModelDraft::signature(const GraphEnds& ends) {
  const auto maps = [&](const Ports& ports) {
    std::vector<flatbuffers::Offset<tflite::TensorMap>> entries;
    for (const auto& [port, tensor] : ports) {
      entries.push_back(tflite::CreateTensorMap(builder_, builder_.CreateString(port),
                                                static_cast<std::uint32_t>(tensor)));
    }
    return builder_.CreateVector(entries);
  };
  const auto input_maps = maps(ends.inputs);
  const auto output_maps = maps(ends.outputs);
  return tflite::CreateSignatureDef(builder_, input_maps, output_maps,
                                    builder_.CreateString(ends.signature), 0,
                                    static_cast<std::uint32_t>(graphs_.size()));
}

void ModelDraft::end_graph(const GraphEnds& ends) {
  signatures_.push_back(signature(ends));
  graphs_.push_back(graph(ends));
  tensors_.clear();
  operators_.clear();
  integers_.clear();
}

// Behind the description, one weight after another, each aligned. Inside a flatbuffer a vector has
// its length in front of it, and the field that points to it counts from its own place.
void ModelDraft::place_blobs() {
  std::uint8_t* file = builder_.GetBufferPointer();
  auto* buffers = flatbuffers::GetMutableRoot<tflite::Model>(file)->buffers();
  std::uint64_t place = builder_.GetSize();
  for (const PlacedBlob& placed : blobs_) {
    const auto* buffer = buffers->Get(placed.buffer);
    auto* table =
        const_cast<flatbuffers::Table*>(reinterpret_cast<const flatbuffers::Table*>(buffer));
    place = aligned(place + sizeof(std::uint32_t));
    if (weights_ == Weights::inside) {
      std::uint8_t* field = table->GetAddressOf(tflite::Buffer::VT_DATA);
      const auto vector = place - sizeof(std::uint32_t);
      flatbuffers::WriteScalar(
          field, static_cast<std::uint32_t>(vector - static_cast<std::uint64_t>(field - file)));
    } else {
      table->SetField<std::uint64_t>(tflite::Buffer::VT_OFFSET, place, 0);
      table->SetField<std::uint64_t>(tflite::Buffer::VT_SIZE, bytes_of(placed.blob), 0);
    }
    place += bytes_of(placed.blob);
  }
}

void ModelDraft::finish(const std::string& name, ByteSink& sink) {
  std::vector<std::uint8_t> runtime_version(16);
  std::copy(kRuntimeVersion.begin(), kRuntimeVersion.end(), runtime_version.begin());
  const std::uint32_t version_buffer = add_buffer(runtime_version);
  std::vector<flatbuffers::Offset<tflite::OperatorCode>> codes;
  for (const OperatorKind& kind : kinds_) {
    const auto old = static_cast<std::int8_t>(std::min(kind.code, 127));
    codes.push_back(tflite::CreateOperatorCode(builder_, old, 0, kind.version, kind.code));
  }
  const auto metadata =
      tflite::CreateMetadata(builder_, builder_.CreateString(kRuntimeVersionName), version_buffer);
  const std::vector all_metadata{metadata};
  const auto root = tflite::CreateModel(
      builder_, kVersion, builder_.CreateVector(codes), builder_.CreateVector(graphs_),
      builder_.CreateString(concat("Sotto: ", name)), builder_.CreateVector(buffers_), 0,
      builder_.CreateVector(all_metadata), builder_.CreateVector(signatures_));
  builder_.Finish(root, tflite::ModelIdentifier());
  place_blobs();

  sink.write(std::as_bytes(std::span(builder_.GetBufferPointer(), builder_.GetSize())));
  std::uint64_t place = builder_.GetSize();
  for (const PlacedBlob& placed : blobs_) {
    const std::uint64_t start = aligned(place + sizeof(std::uint32_t));
    write_zeros(start - place - sizeof(std::uint32_t), sink);
    const auto length = static_cast<std::uint32_t>(bytes_of(placed.blob));
    sink.write(std::as_bytes(std::span(&length, 1)));
    write_blob(placed.blob, sink);
    place = start + bytes_of(placed.blob);
  }
}

}  // namespace sotto
