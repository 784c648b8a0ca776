#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sotto {

/// One line of what "adb devices -l" prints.
struct AdbDevice {
  std::string serial;
  std::string state;  ///< "device" where it can be used; "unauthorized", "offline", …
};

/// Reads that. What is no line of a device is passed over.
[[nodiscard]] std::vector<AdbDevice> parse_adb_devices(std::string_view text);

/// The device that is meant: of this serial, or the only one where that is empty. Throws
/// unavailable, with the remedy, when there is none, there are several, or it is in no state to be
/// used.
[[nodiscard]] std::string choose_adb_device(const std::vector<AdbDevice>& devices,
                                            const std::string& serial);

}  // namespace sotto
