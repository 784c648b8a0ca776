#pragma once

#include <cstddef>
#include <cstdint>

// The part of MediaTek's NeuronRuntime interface that is used here. It is C, and the same for the
// vendor's library on a board and for the simulator. Names are ours where they are not looked up.

namespace sotto::neuron::runtime {

/// What every function but `…_release` answers.
using Result = int;
inline constexpr Result kOk = 0;
inline constexpr Result kOutOfMemory = 1;
inline constexpr Result kIncomplete = 2;
inline constexpr Result kUnexpectedNull = 3;
inline constexpr Result kBadData = 4;
inline constexpr Result kBadState = 5;
inline constexpr Result kHardware = 6;

/// Where a runtime computes. From version 7 on libraries do not look at it.
struct Environment {
  std::uint32_t device;
  std::int32_t cores;
  std::uint8_t cpu_threads;
  bool suppresses_input_conversion, suppresses_output_conversion;
};
static_assert(sizeof(Environment) == 12);
inline constexpr std::uint32_t kHardwareDevice = 4;

/// What a buffer is; it is passed by value.
struct BufferAttribute {
  std::int32_t descriptor;  ///< of memory that the device shares, else kNoDescriptor
};
inline constexpr std::int32_t kNoDescriptor = -1;

/// How the device is to run.
struct QualityOfService {
  std::int32_t preference;
  std::int32_t priority;
  std::uint8_t boost;                    ///< 0 to 100
  std::uint8_t most_boost, least_boost;  ///< reserved
  std::uint16_t deadline, abort_time;    ///< in milliseconds; 0: none
  std::int32_t power_off_time;           ///< in milliseconds; −1: as usual
  std::int32_t power_policy;
  std::int32_t application;
  void* profile;  ///< what was measured before, or null
};
static_assert(sizeof(void*) != 8 || sizeof(QualityOfService) == 40);

inline constexpr std::int32_t kPreferPerformance = 0, kPreferPower = 1, kTurbo = 2;
inline constexpr std::int32_t kUsualPowerOffTime = -1;
inline constexpr std::int32_t kUsualPolicy = 0, kSustainable = 1, kPerformance = 2,
                              kPowerSaving = 3;

}  // namespace sotto::neuron::runtime
