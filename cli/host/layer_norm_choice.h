#pragma once

#include "compile/toolchains/neuron_compiler.h"
#include "host/choice.h"

namespace sotto::cli {

/// Turns auto, vendor or decomposed into its LayerNormForm.
[[nodiscard]] inline CLI::Validator layer_norm_choice() {
  return choice<LayerNormForm>({{"auto", LayerNormForm::automatic},
                                {"vendor", LayerNormForm::vendor},
                                {"decomposed", LayerNormForm::decomposed}});
}

}  // namespace sotto::cli
