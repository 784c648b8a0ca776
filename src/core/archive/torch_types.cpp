#include "core/archive/torch_types.h"

#include <algorithm>
#include <array>

namespace sotto {
namespace {

constexpr std::array<PickleGlobal, 57> kGlobals{{
    {"torch._utils", "_rebuild_tensor_v2"},
    {"torch._utils", "_rebuild_tensor_v3"},
    {"torch._utils", "_rebuild_parameter"},
    {"torch._utils", "_rebuild_parameter_with_state"},
    {"torch._tensor", "_rebuild_from_type_v2"},
    {"torch.jit._pickle", "build_intlist"},
    {"torch.jit._pickle", "build_doublelist"},
    {"torch.jit._pickle", "build_boollist"},
    {"torch.jit._pickle", "build_tensorlist"},
    {"torch", "FloatStorage"},
    {"torch", "HalfStorage"},
    {"torch", "BFloat16Storage"},
    {"torch", "DoubleStorage"},
    {"torch", "LongStorage"},
    {"torch", "IntStorage"},
    {"torch", "ShortStorage"},
    {"torch", "CharStorage"},
    {"torch", "ByteStorage"},
    {"torch", "BoolStorage"},
    {"torch", "UntypedStorage"},
    {"torch.storage", "UntypedStorage"},
    {"torch.storage", "_UntypedStorage"},
    {"torch", "float32"},
    {"torch", "float16"},
    {"torch", "bfloat16"},
    {"torch", "float64"},
    {"torch", "int64"},
    {"torch", "int32"},
    {"torch", "int16"},
    {"torch", "int8"},
    {"torch", "uint8"},
    {"torch", "bool"},
    {"torch", "float8_e4m3fn"},
    {"torch", "float8_e5m2"},
    {"torch", "Tensor"},
    {"torch", "Size"},
    {"torch", "device"},
    {"torch.nn.parameter", "Parameter"},
    {"numpy", "dtype"},
    {"numpy", "ndarray"},
    {"numpy.core.multiarray", "scalar"},
    {"numpy.core.multiarray", "_reconstruct"},
    {"numpy._core.multiarray", "scalar"},
    {"numpy._core.multiarray", "_reconstruct"},
    {"numpy.core.numeric", "_frombuffer"},
    {"numpy._core.numeric", "_frombuffer"},
    {"_codecs", "encode"},
    {"collections", "Counter"},
    {"builtins", "set"},
    {"builtins", "frozenset"},
    {"builtins", "bytearray"},
    {"__builtin__", "set"},
    {"__builtin__", "frozenset"},
    {"__builtin__", "bytearray"},
    {"pathlib", "PosixPath"},
    {"pathlib", "WindowsPath"},
    {"pathlib", "Path"},
}};

// Objects that are no more than their attributes.
constexpr std::array<PickleGlobal, 2> kClasses{
    {{"whisper.model", "ModelDimensions"}, {"argparse", "Namespace"}}};

constexpr std::array<TorchType, 12> kTypes{{
    {"FloatStorage", "float32", 4, DType::float32},
    {"HalfStorage", "float16", 2, DType::float16},
    {"BFloat16Storage", "bfloat16", 2, DType::bfloat16},
    {"DoubleStorage", "float64", 8, DType::float32},
    {"IntStorage", "int32", 4, DType::int32},
    {"LongStorage", "int64", 8, DType::int64},
    {"ShortStorage", "int16", 2, std::nullopt},
    {"CharStorage", "int8", 1, std::nullopt},
    {"ByteStorage", "uint8", 1, std::nullopt},
    {"BoolStorage", "bool", 1, std::nullopt},
    {"UntypedStorage", "", 1, std::nullopt},
    {"_UntypedStorage", "", 1, std::nullopt},
}};

}  // namespace

const TorchType* find_torch_type(std::string_view name) {
  const auto* const found = std::find_if(kTypes.begin(), kTypes.end(), [&](const TorchType& type) {
    return type.storage == name || (type.dtype == name && !name.empty());
  });
  return found == kTypes.end() ? nullptr : found;
}

PickleRules torch_pickle_rules() { return {kGlobals, kClasses, "__torch__"}; }

}  // namespace sotto
