#pragma once

#include <string>

#include "run/deployment/deployment.h"

namespace sotto::cli {

/// The clips with what the device took for them, and whether its tokens are this machine's.
[[nodiscard]] std::string deploy_table(const DeployReport& report);

/// Where the clips part that do, what was sent, and the verdict.
[[nodiscard]] std::string deploy_summary(const DeployReport& report);

}  // namespace sotto::cli
