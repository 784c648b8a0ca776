#pragma once

#include <memory>
#include <string>

#include "run/wire/wire.h"

namespace sotto {

/// Connects to a device over Android's adb: to the one of this serial, or to the only one there is
/// where that is empty. Throws unavailable, with the reason and the remedy.
[[nodiscard]] std::unique_ptr<Wire> connect_adb(const std::string& serial);

}  // namespace sotto
