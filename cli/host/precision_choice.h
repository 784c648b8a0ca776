#pragma once

#include "host/choice.h"
#include "run/backends/backend.h"

namespace sotto::cli {

/// Adds --precision, which the cpu back end computes in, to a command.
inline void add_precision(CLI::App& command, Precision& precision, const std::string& help) {
  command.add_option("--precision", precision, help)
      ->transform(choice<Precision>({{"f32", Precision::f32},
                                     {"bf16", Precision::bf16},
                                     {"int8", Precision::int8},
                                     {"auto", Precision::automatic}}))
      ->type_name("f32|bf16|int8|auto")
      ->default_str("f32");
}

}  // namespace sotto::cli
