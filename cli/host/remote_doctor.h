#pragma once

#include <functional>
#include <string>
#include <vector>

#include "host/wire_options.h"
#include "run/doctor/doctor.h"
#include "run/wire/device_probe.h"

namespace sotto::cli {

/// Has `sotto doctor` run on a device, with the program and, of a bundle, what it looks at, which
/// are sent where they are not there already. The options' paths are this machine's; a library that
/// is no file here is the device's own. Throws what connecting and sending throw, and io where the
/// device's program gives no report.
[[nodiscard]] Report examine_there(const WireArguments& wire, const DoctorOptions& options);

/// What plain commands tell of a device for which there is no program here, as a table.
[[nodiscard]] std::string probe_text(const std::vector<ProbeRow>& rows);
[[nodiscard]] std::string probe_json(const std::vector<ProbeRow>& rows);

}  // namespace sotto::cli
