#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "run/backends/backend.h"
#include "run/wire/wire.h"

namespace sotto {

/// What runs graphs on a device: the words that start the program there which serves them.
struct RemoteGraphs {
  std::shared_ptr<Wire> wire;
  std::vector<std::string> words;
  std::string backend;  ///< by its name, as it is called here too
};

/// That device's back end, for this machine's loops: every run passes over the wire, with what has
/// changed in its inputs. The device loads its own files of the parts. Is available when the device
/// answers.
[[nodiscard]] std::unique_ptr<Backend> make_remote_backend(const RemoteGraphs& graphs,
                                                           const BackendOptions& options);

}  // namespace sotto
