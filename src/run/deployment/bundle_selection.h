#pragma once

#include <string>
#include <vector>

#include "core/bundle/bundle.h"
#include "run/engine/model.h"

namespace sotto {

/// How a device is to run a bundle.
struct DeviceRun {
  std::string backend = "neuron";
  std::string soc{};  ///< whose compiled files it runs; empty: the only one's there are
  DecoderKind decoder = DecoderKind::automatic;
};

/// The manifest of the part of a bundle that such a run reads: graphs in the one form that the back
/// end takes, over a cache where it can have one, and the tables that the host looks things up in.
/// Throws usage, with the remedy, where the bundle lacks a graph or is compiled for several SoCs.
[[nodiscard]] Manifest select_for_device(const Bundle& bundle, const DeviceRun& run);

}  // namespace sotto
