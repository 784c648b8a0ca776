#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace sotto {

/// As what layer norms go to the compiler.
enum class LayerNormForm {
  automatic,   ///< as the vendor's operation where the compiler says that it takes it
  vendor,      ///< as the vendor's operation, or not at all
  decomposed,  ///< as the operators of the file
};

struct NeuronCompilerOptions {
  std::string extra;  ///< what is added to the compiler's options
  LayerNormForm layer_norm = LayerNormForm::automatic;
};

/// What compiled a graph, and how much there was of it.
struct NeuronCompilation {
  std::string library;         ///< as it was loaded
  std::string version;         ///< "8.2.26", and whether that is a simulation
  std::size_t operators = 0;   ///< of the file
  std::size_t operations = 0;  ///< that were handed over
  std::string layer_norms;     ///< what became of them, in words; empty where there are none
};

/// Compiles a TFLite file of Sotto's for the SoC that $MTKNN_ADAPTER_DLA_PLATFORM names: builds its
/// graph call by call through the NeuronAdapter of MediaTek's host libraries, asks which operations
/// the NPU takes, and stores the compiled network. `library` is load_api()'s. Weights are handed
/// over where they are mapped. The library is the vendor's code, so this is for a process of its
/// own. Throws unsupported, naming the operator and the remedy, where the NPU does not take one,
/// and what read_tflite(), load_api() and AtomicFile throw.
NeuronCompilation compile_with_neuron(const std::filesystem::path& input,
                                      const std::filesystem::path& output,
                                      const std::filesystem::path& library,
                                      const NeuronCompilerOptions& options = {});

}  // namespace sotto
