#include "tflite/raw_tflite.h"

#include <flatbuffers/flexbuffers.h>

namespace sotto::test {
namespace {

namespace fb = flatbuffers;

constexpr std::int32_t kFullyConnected = 9, kBatchMatmul = 126, kGelu = 150, kComposite = 206;

class Writer {
  template <class Raw, class Write>
  auto all(const std::vector<Raw>& list, Write write) {
    std::vector<decltype(write(list.front()))> offsets;
    offsets.reserve(list.size());
    for (const Raw& raw : list) offsets.push_back(write(raw));
    return builder_.CreateVector(offsets);
  }

 public:
  explicit Writer(const RawTflite& file) : file_(file) {}

  std::string bytes() {
    const auto codes = all(file_.codes, [&](const RawCode& code) {
      return tflite::CreateOperatorCode(builder_, code.deprecated_code,
                                        builder_.CreateString(code.custom_name), 1, code.code);
    });
    const auto buffers = all(file_.buffers, [&](const RawBuffer& raw) { return buffer(raw); });
    const RawGraph first{file_.tensors, file_.operators, file_.inputs, file_.outputs};
    std::vector<fb::Offset<tflite::SubGraph>> graphs(file_.graphs, graph(first));
    for (const RawGraph& raw : file_.more_graphs) graphs.push_back(graph(raw));
    const auto subgraphs = builder_.CreateVector(graphs);
    const auto signatures = builder_.CreateVector(std::vector{signature()});
    const auto model =
        tflite::CreateModel(builder_, file_.version, codes, subgraphs,
                            builder_.CreateString(file_.description), buffers, 0, 0, signatures);
    tflite::FinishModelBuffer(builder_, model);
    return {reinterpret_cast<const char*>(builder_.GetBufferPointer()), builder_.GetSize()};
  }

 private:
  fb::Offset<tflite::Buffer> buffer(const RawBuffer& raw) {
    builder_.ForceVectorAlignment(raw.data.size(), 1, 16);
    const auto* data = reinterpret_cast<const std::uint8_t*>(raw.data.data());
    const auto bytes = builder_.CreateVector(data, raw.data.size());
    return tflite::CreateBuffer(builder_, bytes, raw.offset, raw.size);
  }

  fb::Offset<tflite::Tensor> tensor(const RawTensor& raw) {
    fb::Offset<tflite::Quantization> quantization;
    if (!raw.scales.empty()) {
      const auto scales = builder_.CreateVector(raw.scales);
      const auto zeros = builder_.CreateVector(std::vector<std::int64_t>(raw.scales.size(), 0));
      quantization = tflite::CreateQuantization(builder_, 0, 0, scales, zeros);
    }
    fb::Offset<tflite::Skipped> sparsity;
    if (raw.is_sparse) sparsity = tflite::CreateSkipped(builder_);
    fb::Offset<fb::Vector<std::int32_t>> shape_signature;
    if (!raw.shape_signature.empty()) {
      shape_signature = builder_.CreateVector(raw.shape_signature);
    }
    return tflite::CreateTensor(builder_, builder_.CreateVector(raw.shape), raw.type, raw.buffer,
                                builder_.CreateString(raw.name), quantization, raw.is_variable,
                                sparsity, shape_signature, false, 0, raw.external_buffer);
  }

  fb::Offset<tflite::Operator> operation(const RawOperator& raw) {
    const RawCode none;
    const RawCode& code = raw.code_index < file_.codes.size() ? file_.codes[raw.code_index] : none;
    auto type = tflite::BuiltinOptions::NONE;
    fb::Offset<void> options;
    if (code.code == kGelu) {
      type = tflite::BuiltinOptions::GeluOptions;
      options = tflite::CreateGeluOptions(builder_, raw.approximate_gelu).Union();
    } else if (code.code == kBatchMatmul) {
      type = tflite::BuiltinOptions::BatchMatMulOptions;
      options = tflite::CreateBatchMatMulOptions(builder_, raw.adj_x, raw.adj_y).Union();
    }
    auto more_type = tflite::MoreBuiltinOptions::NONE;
    fb::Offset<void> more;
    if (code.code == kComposite) {
      more_type = tflite::MoreBuiltinOptions::CompositeOptions;
      more = composite(raw).Union();
    }
    return tflite::CreateOperator(builder_, raw.code_index, builder_.CreateVector(raw.inputs),
                                  builder_.CreateVector(raw.outputs), type, options, 0, 0, 0, 0, 0,
                                  0, more_type, more);
  }

  fb::Offset<tflite::CompositeOptions> composite(const RawOperator& raw) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(raw.attributes.data());
    const auto name = builder_.CreateString(raw.composite_name);
    return tflite::CreateCompositeOptions(builder_, name, raw.decomposition,
                                          builder_.CreateVector(bytes, raw.attributes.size()));
  }

  fb::Offset<tflite::SubGraph> graph(const RawGraph& graph) {
    const auto tensors = all(graph.tensors, [&](const RawTensor& raw) { return tensor(raw); });
    const auto operators =
        all(graph.operators, [&](const RawOperator& raw) { return operation(raw); });
    return tflite::CreateSubGraph(builder_, tensors, builder_.CreateVector(graph.inputs),
                                  builder_.CreateVector(graph.outputs), operators,
                                  builder_.CreateString("main"));
  }

  fb::Offset<tflite::SignatureDef> signature() {
    const auto write = [&](const std::pair<std::string, std::uint32_t>& port) {
      return tflite::CreateTensorMap(builder_, builder_.CreateString(port.first), port.second);
    };
    const auto inputs = all(file_.signature_inputs, write);
    const auto outputs = all(file_.signature_outputs, write);
    return tflite::CreateSignatureDef(builder_, inputs, outputs,
                                      builder_.CreateString("serving_default"), 0,
                                      file_.signature_graph);
  }

  const RawTflite& file_;
  fb::FlatBufferBuilder builder_;
};

template <class Number>
RawBuffer bytes_of(const std::vector<Number>& values) {
  const auto* data = reinterpret_cast<const char*>(values.data());
  return {std::string(data, values.size() * sizeof(Number))};
}

}  // namespace

std::int32_t RawTflite::add_tensor(RawTensor tensor) {
  tensors.push_back(std::move(tensor));
  return static_cast<std::int32_t>(tensors.size() - 1);
}

std::int32_t RawTflite::add_constant(const std::string& name,
                                     const std::vector<std::int32_t>& shape,
                                     const std::vector<float>& values) {
  buffers.push_back(bytes_of(values));
  const auto buffer = static_cast<std::uint32_t>(buffers.size() - 1);
  return add_tensor({name, shape, tflite::TensorType::float32, buffer});
}

std::int32_t RawTflite::add_integers(const std::string& name,
                                     const std::vector<std::int32_t>& values) {
  buffers.push_back(bytes_of(values));
  const auto buffer = static_cast<std::uint32_t>(buffers.size() - 1);
  const auto length = static_cast<std::int32_t>(values.size());
  return add_tensor({name, {length}, tflite::TensorType::int32, buffer});
}

RawOperator& RawTflite::add_operator(std::int32_t code, const std::vector<std::int32_t>& inputs,
                                     const std::vector<std::int32_t>& outputs,
                                     const std::string& custom_name) {
  codes.push_back({code, custom_name});
  operators.push_back({static_cast<std::uint32_t>(codes.size() - 1), inputs, outputs});
  return operators.back();
}

std::string RawTflite::bytes() const { return Writer(*this).bytes(); }

RawTflite small_tflite() {
  RawTflite file;
  const auto x = file.add_tensor({"x", {1, 5, 4}});
  const auto weight = file.add_constant("weight", {3, 4}, std::vector<float>(12, 0.5F));
  const auto bias = file.add_constant("bias", {3}, {1.0F, 2.0F, 3.0F});
  const auto hidden = file.add_tensor({"hidden", {1, 5, 3}});
  const auto curved = file.add_tensor({"curved", {1, 5, 3}});
  const auto scores = file.add_tensor({"scores", {1, 5, 5}});
  file.add_operator(kFullyConnected, {x, weight, bias}, {hidden});
  file.add_operator(kGelu, {hidden}, {curved});
  file.add_operator(kBatchMatmul, {curved, hidden}, {scores}).adj_y = true;
  file.inputs = {x};
  file.outputs = {scores};
  file.signature_inputs = {{"x", 0}};
  file.signature_outputs = {{"scores", static_cast<std::uint32_t>(scores)}};
  return file;
}

std::string attribute(const std::string& name, std::int64_t value) {
  flexbuffers::Builder builder;
  builder.Map([&] { builder.Int(name.c_str(), value); });
  builder.Finish();
  return {builder.GetBuffer().begin(), builder.GetBuffer().end()};
}

RawTflite composite_tflite(const std::string& name, const std::string& attributes) {
  constexpr std::int32_t kMul = 18;
  RawTflite file;
  const auto x = file.add_tensor({"x", {1, 4}});
  const auto gain = file.add_constant("gain", {4}, {1.0F, 2.0F, 3.0F, 4.0F});
  const auto y = file.add_tensor({"y", {1, 4}});
  RawOperator& call = file.add_operator(kComposite, {x, gain}, {y});
  call.composite_name = name;
  call.decomposition = 1;
  call.attributes = attributes;
  file.codes.push_back({kMul});
  file.more_graphs = {
      {{{"a", {1, 4}}, {"b", {4}}, {"c", {1, 4}}}, {{1, {0, 1}, {2}}}, {0, 1}, {2}}};
  file.inputs = {x};
  file.outputs = {y};
  file.signature_inputs = {{"x", 0}};
  file.signature_outputs = {{"y", static_cast<std::uint32_t>(y)}};
  return file;
}

}  // namespace sotto::test
