#pragma once

#include <string>
#include <vector>

#include "host/wire_options.h"
#include "run/verifier/verifier.h"

namespace sotto::cli {

/// Lets the artifacts' back end compute on a device. `options` has everything else; libraries that
/// it names are the device's from then on. Throws usage unless just one back end is asked for, that
/// a device has, and what connecting throws.
void verify_on_device(const WireArguments& arguments, VerifyOptions& options);

}  // namespace sotto::cli
