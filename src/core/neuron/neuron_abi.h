#pragma once

#include <cstddef>
#include <cstdint>

// The part of MediaTek's NeuronAdapter interface that is used here: opaque handles, what passes
// between its functions and ours, and its numbers. It is C, and the same for the vendor's library
// on a board, for its host compiler and for the simulator. Names are ours where they are not looked
// up; which function may be called when is said in docs/neuron.md.

namespace sotto::neuron {

/// What every function that is not a `…_free` answers.
using Result = int;
inline constexpr Result kOk = 0;
inline constexpr Result kOutOfMemory = 1;
inline constexpr Result kUnexpectedNull = 3;
inline constexpr Result kBadData = 4;
inline constexpr Result kUnmappable = 6;
inline constexpr Result kBadState = 7;

struct ModelHandle;
struct CompilationHandle;
struct ExecutionHandle;
struct MemoryHandle;

struct Version {
  std::uint8_t major, minor, patch;
};

/// Element type and shape of an operand. Scalars, and what the library is to find out by itself,
/// have no dimensions.
struct OperandType {
  std::int32_t type;
  std::uint32_t dimension_count;
  const std::uint32_t* dimensions;
  float scale;
  std::int32_t zero_point;
};
static_assert(sizeof(void*) != 8 || sizeof(OperandType) == 24);

/// Scales of a tensor that has one a channel; their zero points are 0.
struct SymmetricChannelParameters {
  std::uint32_t channel;
  std::uint32_t scale_count;
  const float* scales;
};

/// The same with zero points.
struct ChannelParameters {
  std::uint32_t channel;
  std::uint32_t scale_count;
  const float* scales;
  std::uint32_t zero_point_count;
  const std::int32_t* zero_points;
};

/// Types of operands.
namespace type {
inline constexpr std::int32_t float32 = 0, int32 = 1, uint32 = 2, boolean = 6;
inline constexpr std::int32_t tensor_float32 = 3, tensor_int32 = 4, tensor_float16 = 8;
inline constexpr std::int32_t tensor_quant8_symm_per_channel = 11, tensor_quant8_symm = 13;
inline constexpr std::int32_t tensor_quant8_asymm_signed = 14, tensor_int32_per_channel = 9014;
}  // namespace type

/// Numbers of operations.
namespace operation {
inline constexpr std::int32_t add = 0, concatenation = 2, conv_2d = 3, dequantize = 6;
inline constexpr std::int32_t fully_connected = 9, mul = 18, reshape = 22, softmax = 25;
inline constexpr std::int32_t div = 30, mean = 31, pad = 32, sub = 36, transpose = 37, abs = 38;
inline constexpr std::int32_t maximum = 65, quantize = 72, reduce_max = 77, rsqrt = 83, slice = 86;
inline constexpr std::int32_t batch_matmul = 102, gelu = 109;
}  // namespace operation

/// What extensions are called by.
inline constexpr const char* kCompiledNetworkDomain = "com.mediatek.compiled_network";
inline constexpr const char* kGeneralOperationDomain = "com.mediatek.general_operation";
inline constexpr std::uint16_t kGeneralOperandCode = 0x0100;
inline constexpr const char* kLayerNormalization = "MTKEXT_LAYER_NORMALIZATION";

inline constexpr std::int32_t kPaddingValid = 2;
inline constexpr std::int32_t kNoActivation = 0;
inline constexpr std::uint32_t kTanhGelu = 1;

/// Values of up to so many bytes are copied by setOperandValue(); longer ones are pointed at.
inline constexpr std::size_t kCopiedBytes = 128;

}  // namespace sotto::neuron
