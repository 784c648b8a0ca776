#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "compile/compiler/toolchain.h"
#include "core/base/staged_folder.h"
#include "core/bundle/manifest.h"

namespace sotto {

/// What of a bundle is compiled, for which chip, and how.
struct CompileOptions {
  std::filesystem::path bundle;
  std::string target;               ///< the SoC (find_target())
  std::string toolchain;            ///< its name
  std::vector<std::string> graphs;  ///< names (find_graph()) or roles; empty: all
  /// Where a bundle of what is compiled, and what a device needs beside it, is written; empty: what
  /// is compiled joins the bundle.
  std::filesystem::path output;
  ToolchainOptions tools{};
  std::function<void(const std::string& file)> progress{};
  OnWait on_wait{};  ///< told before a wait for another process that writes the bundle
};

/// One file that was compiled.
struct CompiledFile {
  FileRecord record;
  std::string source;  ///< the name of the file that it was made of
  std::string log;     ///< where the tool's output is kept
  std::string note;    ///< what the toolchain says of it; may be empty
};

struct CompileReport {
  std::string target;  ///< by its own name
  std::string tool;    ///< what compiled, with its version
  std::vector<CompiledFile> files;
};

/// Compiles the TFLite files of a bundle that the toolchain takes and the options name, and adds
/// what comes out to the bundle, or makes a new one of it, in one step and only when all went well.
/// A graph that shares its file with another goes to the toolchain by itself. The tools' output is
/// kept in log_folder(). Throws not_found where there is nothing to compile, usage for names that
/// are not there, and what the toolchain and extend_bundle() throw.
[[nodiscard]] CompileReport compile_bundle(const CompileOptions& options);

/// The commands that this would run, with results in the current folder.
[[nodiscard]] std::vector<Command> plan_compilation(const CompileOptions& options);

}  // namespace sotto
