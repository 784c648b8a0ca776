#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/neuron/neuron_abi.h"

namespace sotto::simulator {

/// What the environment asks of the simulator. Read once.
struct Switches {
  neuron::Version version{8, 2, 26};  ///< $SOTTO_SIM_VERSION: the library that is played
  /// $SOTTO_SIM_FAIL_CALL: the call, counted from 1, that fails; 0 for none.
  std::uint64_t failing_call = 0;
  /// $SOTTO_SIM_PADDED=1: the last axis of inputs and outputs is padded to 16 elements.
  bool padded = false;
  /// $SOTTO_SIM_WRONG_MATMUL=1: products of batches come out wrong, as a version 8.2.16 did on a
  /// Genio 720.
  bool wrong_matmul = false;
  /// $SOTTO_SIM_THREADS: the most threads that one run of a network uses.
  std::size_t threads = 8;
  /// $SOTTO_SIM_LACKS: an operation of the vendor's own ("MTKEXT_LAYER_NORMALIZATION") that this
  /// NPU does not run; empty for none.
  std::string lacks;
  /// $SOTTO_SIM_REPORT: a file that the counts are written to at the end of the process.
  std::filesystem::path report;
};

[[nodiscard]] const Switches& switches();

/// $MTKNN_ADAPTER_DLA_PLATFORM, else $SOTTO_SIM_SOC, else mt8189: what is compiled for, and what
/// compiled networks are for that are loaded. Read every time, for the vendor's own client sets it
/// when it has asked for the version already.
[[nodiscard]] std::string soc();

/// Whether the played library is this version or a later one.
[[nodiscard]] bool is_at_least(int major, int minor, int patch);

}  // namespace sotto::simulator
