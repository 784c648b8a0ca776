#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "compile/toolchains/neuron_compiler.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/neuron/simulation.h"
#include "simulators/neuron_adapter/dla.h"

// Plays MediaTek's ncc-tflite: its command line, and DLAs that the simulated NPU alone loads.

namespace sotto::simulator {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLibrary = "libsotto_simulated_neuron.so";

struct Arguments {
  std::string input, output;
  bool relaxed = false, has_arch = false, version = false;
};

[[noreturn]] void refuse(const std::string& sentence) { throw Error(ErrorKind::usage, sentence); }

Arguments read(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--version") {
      arguments.version = true;
    } else if (word == "--dla-file") {
      if (++i == words.size()) refuse("expected a file behind --dla-file");
      arguments.output = words[i];
    } else if (word == "--relax-fp32") {
      arguments.relaxed = true;
    } else if (word.starts_with("--arch=")) {
      arguments.has_arch = true;
      if (word.find("mdla5") == std::string::npos) refuse("Unsupported arch: " + word.substr(7));
    } else if (!word.starts_with("-")) {
      arguments.input = word;
    }
  }
  return arguments;
}

void check(const Arguments& arguments) {
  if (arguments.input.empty() || arguments.output.empty()) {
    refuse("expected a TFLite file, and --dla-file");
  }
  if (!arguments.has_arch) refuse("expected --arch");
  if (!arguments.relaxed) refuse("float32 is not computed on the NPU: expected --relax-fp32");
}

/// The library beside this program, or in lib beside its folder, as an SDK has it.
fs::path library() {
  const fs::path folder = fs::read_symlink("/proc/self/exe").parent_path();
  for (const fs::path& place : {folder / kLibrary, folder / "../lib/libneuron_adapter.so"}) {
    if (fs::exists(place)) return place;
  }
  return kLibrary;
}

void compile(const Arguments& arguments) {
  const fs::path network = arguments.output + ".network";
  const NeuronCompilation done = compile_with_neuron(
      arguments.input, network, library(), {.extra = {}, .layer_norm = LayerNormForm::decomposed});
  const auto stored = MappedFile::open(network);
  AtomicFile dla(arguments.output);
  dla.write(dla_header());
  dla.write(stored->bytes());
  dla.commit();
  fs::remove(network);
  std::printf("simulated: %zu operators\n", done.operators);
}

int run(const std::vector<std::string>& words) {
  try {
    const Arguments arguments = read(words);
    if (arguments.version) {
      std::printf("8.2.26%s\n", neuron::kSimulatedMark);
      return EXIT_SUCCESS;
    }
    check(arguments);
    compile(arguments);
    return EXIT_SUCCESS;
  } catch (const Error& error) {
    std::fprintf(stderr, "ERROR: %s\n", error.message().c_str());
    return EXIT_FAILURE;
  }
}

}  // namespace
}  // namespace sotto::simulator

int main(int argc, char** argv) { return sotto::simulator::run({argv + 1, argv + argc}); }
