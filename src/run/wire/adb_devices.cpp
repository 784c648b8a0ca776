#include "run/wire/adb_devices.h"

#include <algorithm>

#include "core/base/error.h"

namespace sotto {
namespace {

constexpr std::string_view kBlank = " \t\r";

/// Takes the next word off a line.
std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kBlank));
  line.remove_prefix(word.size());
  return word;
}

std::string names_of(const std::vector<AdbDevice>& devices) {
  std::string names;
  for (const AdbDevice& device : devices) {
    names += concat(names.empty() ? "" : ", ", device.serial);
    if (device.state != "device") names += concat(" (", device.state, ")");
  }
  return names;
}

std::string remedy(const std::string& state) {
  if (state == "unauthorized") {
    return "has not allowed this machine: answer the question on its screen (or plug it in again "
           "for it)";
  }
  if (state == "offline") {
    return "is offline: plug it in again, or restart adb with \"adb kill-server\"";
  }
  if (state == "no permissions") {
    return "may not be opened by this user: add a udev rule for it, or join the group plugdev";
  }
  return concat("is in the state \"", state, "\": start its system");
}

}  // namespace

std::vector<AdbDevice> parse_adb_devices(std::string_view text) {
  std::vector<AdbDevice> devices;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with("List of devices") || line.starts_with('*')) continue;
    const std::string_view serial = take_word(line);
    std::string state(take_word(line));
    if (state == "no") state += concat(' ', take_word(line).substr(0, 11));
    if (!serial.empty() && !state.empty()) devices.push_back({std::string(serial), state});
  }
  return devices;
}

std::string choose_adb_device(const std::vector<AdbDevice>& devices, const std::string& serial) {
  if (devices.empty()) {
    fail(ErrorKind::unavailable,
         "adb sees no device: plug one in, and allow USB debugging on it (or \"adb connect\" it "
         "over the network)");
  }
  const auto is_meant = [&](const AdbDevice& device) {
    return serial.empty() || device.serial == serial;
  };
  const auto found = std::find_if(devices.begin(), devices.end(), is_meant);
  if (found == devices.end()) {
    fail(ErrorKind::unavailable, "adb sees no device \"", serial, "\", but ", names_of(devices));
  }
  if (serial.empty() && devices.size() > 1) {
    fail(ErrorKind::unavailable, "adb sees several devices: say which with ",
         Option{"adb", "SERIAL"}, ": ", names_of(devices));
  }
  if (found->state != "device") {
    fail(ErrorKind::unavailable, "adb device ", found->serial, " ", remedy(found->state));
  }
  return found->serial;
}

}  // namespace sotto
