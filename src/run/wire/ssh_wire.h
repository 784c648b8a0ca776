#pragma once

#include <memory>

#include "run/wire/device_address.h"
#include "run/wire/wire.h"

namespace sotto {

/// Connects to a device with OpenSSH's ssh, as the user's own configuration says: without questions
/// (keys and known hosts must do), and one connection for all that passes. Nothing but a POSIX
/// shell is asked of the device, no sftp. Throws unavailable, with the reason and the remedy, when
/// there is no connection after ten seconds.
[[nodiscard]] std::unique_ptr<Wire> connect_ssh(const SshAddress& address);

/// What the last words of an ssh that failed mean, and what to do: "<destination>: …".
[[nodiscard]] std::string ssh_failure(const SshAddress& address, const std::string& said);

}  // namespace sotto
