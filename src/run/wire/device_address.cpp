#include "run/wire/device_address.h"

#include <algorithm>
#include <charconv>

#include "core/base/error.h"

namespace sotto {
namespace {

[[noreturn]] void refuse(const std::string& text, const char* found) {
  fail(ErrorKind::usage, Option{"ssh"}, ": expected HOST, USER@HOST or USER@HOST:PORT, found ",
       found, " in \"", text, "\"");
}

bool is_port(const std::string& text) {
  constexpr int kMostPort = 65535;
  int port = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, port);
  return error == std::errc() && stopped == end && port > 0 && port <= kMostPort;
}

}  // namespace

SshAddress parse_ssh_address(const std::string& text) {
  const auto is_odd = [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return code <= ' ' || code == 0x7f;
  };
  if (std::any_of(text.begin(), text.end(), is_odd)) refuse(text, "a space or control character");
  SshAddress address{text, ""};
  const auto at = text.rfind('@') == std::string::npos ? 0 : text.rfind('@') + 1;
  std::string user = text.substr(0, at), host = text.substr(at);
  if (host.starts_with('[')) {
    const auto close = host.find(']');
    if (close == std::string::npos) refuse(text, "a bracket that does not close");
    address.port = host.substr(close + 1);
    if (!address.port.empty() && !address.port.starts_with(':')) refuse(text, "a bracket inside");
    host = host.substr(1, close - 1);
  } else if (std::count(host.begin(), host.end(), ':') == 1) {  // more are an IPv6 address
    address.port = host.substr(host.find(':'));
    host.resize(host.find(':'));
  }
  if (host.empty() || user == "@") refuse(text, "an empty name");
  if (host.starts_with('-') || user.starts_with('-')) refuse(text, "a leading dash");
  if (!address.port.empty()) {
    address.port.erase(0, 1);
    if (!is_port(address.port)) refuse(text, "no port number");
  }
  address.destination = user + host;
  return address;
}

}  // namespace sotto
