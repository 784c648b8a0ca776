#pragma once

#include <string>

namespace sotto {

/// A device behind OpenSSH.
struct SshAddress {
  std::string destination;  ///< "board", "root@192.168.1.7": what ssh is called with
  std::string port;         ///< empty: as ssh's own configuration says
};

/// Reads "host", "user@host", "user@host:port", "user@[fe80::1]:port", or an alias of ssh's
/// configuration. Throws usage for what ssh would take for something else (a leading dash, control
/// characters) and for a port that is none.
[[nodiscard]] SshAddress parse_ssh_address(const std::string& text);

}  // namespace sotto
