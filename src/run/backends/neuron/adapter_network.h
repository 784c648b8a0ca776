#pragma once

#include <memory>
#include <string>

#include "core/neuron/compiled_file.h"
#include "core/neuron/neuron_api.h"
#include "run/backends/neuron/device.h"

namespace sotto::neuron {

/// A network that NeuronAdapter has loaded, ready for executions: a stored one restored, a DLA by a
/// model of one operation around it.
class AdapterNetwork {
 public:
  /// `api` and the file's bytes must outlive it. Throws format, naming the file, where the library
  /// refuses it.
  AdapterNetwork(const Api& api, const NpuOptions& options, const CompiledFile& file,
                 const PortCounts& ports);
  ~AdapterNetwork();
  AdapterNetwork(const AdapterNetwork&) = delete;
  AdapterNetwork& operator=(const AdapterNetwork&) = delete;

  [[nodiscard]] CompilationHandle* compilation() const { return compilation_; }

 private:
  [[nodiscard]] Result restore(const CompiledFile& file);
  void load_dla(const CompiledFile& file, const PortCounts& ports, const NpuOptions& options);
  void release();

  const Api& api_;
  ModelHandle* model_ = nullptr;
  CompilationHandle* compilation_ = nullptr;
};

}  // namespace sotto::neuron
