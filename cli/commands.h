#pragma once

#include <CLI/CLI.hpp>

namespace sotto::cli {

// One file per subcommand. Each of these adds its subcommand to `app` with options, examples and
// the callback that does the work. Callbacks let sotto::Error pass, for main() turns it into a
// sentence and an exit code; one that failed in part throws CLI::RuntimeError(code) once it has
// said why.

void add_serve_graphs_command(CLI::App& app);
void add_transcribe_command(CLI::App& app);
void add_doctor_command(CLI::App& app);  ///< where the neuron back end is built

// In host/, for machines that make models.
void add_bench_command(CLI::App& app);
void add_check_command(CLI::App& app);
void add_compile_command(CLI::App& app);
void add_compile_graph_command(CLI::App& app);
void add_convert_command(CLI::App& app);
void add_deploy_command(CLI::App& app);
void add_export_command(CLI::App& app);
void add_inspect_command(CLI::App& app);
void add_verify_command(CLI::App& app);

}  // namespace sotto::cli
