#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compile/targets/target.h"
#include "compile/toolchains/neuron_compiler.h"
#include "core/base/command.h"
#include "core/bundle/graph_table.h"

namespace sotto {

/// What a vendor's tools are found and run with.
struct ToolchainOptions {
  std::filesystem::path sdk;       ///< root of MediaTek's SDK; empty: as the environment says
  std::filesystem::path litert;    ///< LiteRT's folder; empty: where it usually lies
  std::vector<std::string> extra;  ///< flags that are handed on
  /// The program `sotto`, which compiles a graph in a process of its own where a vendor's library
  /// does the work.
  std::filesystem::path program = "sotto";
  bool allow_partial = false;  ///< take a graph of which only a part is compiled
  /// As what layer norms are compiled; for another toolchain than neuron, automatic.
  LayerNormForm layer_norm = LayerNormForm::automatic;
};

/// A file that is to be compiled, and where what comes of it goes.
struct Compilation {
  std::filesystem::path input, output, log;
  Command command;
};

/// What compiles TFLite files for one target: one file after another.
class Toolchain {
 public:
  virtual ~Toolchain() = default;
  Toolchain() = default;
  Toolchain(const Toolchain&) = delete;
  Toolchain& operator=(const Toolchain&) = delete;

  /// "dla" or "tflite": of its results, the ending of their names and the form in their roles.
  [[nodiscard]] virtual std::string_view form() const = 0;
  /// Whether it takes files of this form.
  [[nodiscard]] virtual bool takes(Form form) const = 0;
  [[nodiscard]] virtual Command command(const std::filesystem::path& input,
                                        const std::filesystem::path& output) const = 0;
  /// Runs the command; gives what there is to say of the result, or nothing. Throws with what the
  /// tool says went wrong.
  [[nodiscard]] virtual std::string compile(const Compilation& compilation) = 0;
  /// What it calls itself, when it has compiled something.
  [[nodiscard]] virtual std::string version() const = 0;
};

/// The names of all toolchains.
[[nodiscard]] std::vector<std::string_view> toolchain_names();

/// The toolchain of that name for a target, which must outlive it. Throws usage for an unknown name
/// and for a target that it does not compile for, and unavailable when it is not here.
[[nodiscard]] std::unique_ptr<Toolchain> make_toolchain(std::string_view name,
                                                        const ToolchainOptions& options,
                                                        const Target& target);

}  // namespace sotto
