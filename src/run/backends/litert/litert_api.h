#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/base/shape.h"
#include "core/tflite/litert_files.h"

namespace sotto::litert {

// The part of LiteRT's C interface that is used here, as of its version 2: opaque handles, and what
// passes between its functions and ours. Names are ours where they are not looked up.

using Status = int;
inline constexpr Status kOk = 0;

struct EnvironmentHandle;
struct ModelHandle;
struct OptionsHandle;
struct OpaqueOptionsHandle;
struct CompiledModelHandle;
struct SignatureHandle;
struct TensorHandle;
struct BufferHandle;

/// A value of a setting: its kind, then the value.
struct Any {
  int type;
  union {
    bool boolean;
    std::int64_t integer;
    double real;
    const char* text;
    const void* pointer;
  };
};
struct EnvironmentOption {
  int tag;
  Any value;
};

/// Element type and shape of a tensor.
struct Layout {
  std::uint8_t rank_and_flags;  ///< 7 bits of rank, then whether strides are given
  std::uint8_t padding[3];
  std::int32_t dimensions[8];
  std::uint32_t strides[8];
};
struct TensorType {
  int element_type;
  Layout layout;
};
static_assert(sizeof(Layout) == 68 && sizeof(TensorType) == 72 && sizeof(EnvironmentOption) == 24);

inline constexpr int kFloat32 = 1;  ///< an element type
inline constexpr int kCpu = 1;      ///< an accelerator

/// The functions, looked up in the library.
struct Api {
  Status (*create_environment)(int, const EnvironmentOption*, EnvironmentHandle**);
  void (*destroy_environment)(EnvironmentHandle*);
  Status (*create_model_from_buffer)(EnvironmentHandle*, const void*, std::size_t, ModelHandle**);
  void (*destroy_model)(ModelHandle*);
  Status (*create_options)(OptionsHandle**);
  void (*destroy_options)(OptionsHandle*);
  Status (*set_accelerators)(OptionsHandle*, int);
  Status (*create_opaque_options)(const char*, void*, void (*)(void*), OpaqueOptionsHandle**);
  Status (*add_opaque_options)(OptionsHandle*, OpaqueOptionsHandle*);
  Status (*create_compiled_model)(EnvironmentHandle*, ModelHandle*, OptionsHandle*,
                                  CompiledModelHandle**);
  void (*destroy_compiled_model)(CompiledModelHandle*);
  Status (*output_layouts)(CompiledModelHandle*, std::size_t, std::size_t, Layout*, bool);
  Status (*get_signature)(ModelHandle*, std::size_t, SignatureHandle**);
  Status (*count_inputs)(SignatureHandle*, std::size_t*);
  Status (*count_outputs)(SignatureHandle*, std::size_t*);
  Status (*input_name)(SignatureHandle*, std::size_t, const char**);
  Status (*output_name)(SignatureHandle*, std::size_t, const char**);
  Status (*input_tensor)(SignatureHandle*, std::size_t, TensorHandle**);
  Status (*output_tensor)(SignatureHandle*, std::size_t, TensorHandle**);
  Status (*tensor_type)(TensorHandle*, TensorType*);
  Status (*create_buffer)(const TensorType*, void*, std::size_t, void (*)(void*), BufferHandle**);
  void (*destroy_buffer)(BufferHandle*);
  Status (*run)(CompiledModelHandle*, std::size_t, std::size_t, BufferHandle**, std::size_t,
                BufferHandle**);

  std::string library;  ///< for messages

  /// Throws format unless `status` is ok: what `what` (a file) is, the function and its answer.
  void check(Status status, const char* function, const std::string& what) const;
};

/// Loads the library and looks its functions up. Throws unavailable, naming the one that is
/// missing.
[[nodiscard]] Api load_api(const LitertFiles& files);

/// The shape in a layout.
[[nodiscard]] Shape shape_of(const Layout& layout);

}  // namespace sotto::litert
