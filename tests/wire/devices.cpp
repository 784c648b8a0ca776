#include "wire/devices.h"

#include <arpa/inet.h>
#include <cstdlib>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/child_process.h"
#include "core/base/error.h"
#include "core/base/regular_file.h"
#include "support/files.h"
#include "support/processes.h"

namespace sotto::test {
namespace {

namespace fs = std::filesystem;

std::string put_in_front_of_path(const fs::path& folder) {
  const char* path = std::getenv("PATH");
  std::string before = path == nullptr ? "/usr/bin:/bin" : path;
  ::setenv("PATH", concat(folder.string(), ":", before).c_str(), 1);
  return before;
}

::sockaddr_in loopback(int port) {
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

int free_port() {
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::sockaddr_in address = loopback(0);
  ::socklen_t size = sizeof address;
  if (::bind(socket.value(), reinterpret_cast<::sockaddr*>(&address), size) != 0 ||
      ::getsockname(socket.value(), reinterpret_cast<::sockaddr*>(&address), &size) != 0) {
    return 0;
  }
  return ntohs(address.sin_port);
}

bool is_listening(int port) {
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const ::sockaddr_in address = loopback(port);
  return ::connect(socket.value(), reinterpret_cast<const ::sockaddr*>(&address), sizeof address) ==
         0;
}

void write_program(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  write_file(path, text);
  fs::permissions(path, fs::perms::owner_all);
}

std::string user_name() {
  std::string name = run_command({"id", {"-un"}, {}, {}}).output;
  while (!name.empty() && name.back() == '\n') name.pop_back();
  return name;
}

}  // namespace

LocalSshd::LocalSshd() {
  if (!find_program("/usr/sbin/sshd")) {
    absence_ = "no /usr/sbin/sshd: install openssh-server";
  } else if (!find_program("ssh") || !find_program("ssh-keygen")) {
    absence_ = "no ssh: install openssh-client";
  } else if (!make_key("host") || !make_key("user") || !make_key("other")) {
    absence_ = "ssh-keygen makes no keys here";
  } else if (!start()) {
    absence_ = "sshd does not start here: " + read_file(log_.path());
  }
  if (!absence_.empty()) return;
  write_configuration();
  path_before_ = put_in_front_of_path(folder_ / "bin");
  const CommandResult tried =
      run_command({"ssh", {"-o", "BatchMode=yes", "board", "true"}, {}, {}});
  if (tried.exit_code != 0) absence_ = "sshd lets nobody in here: " + tried.output;
}

LocalSshd::~LocalSshd() {
  if (!path_before_.empty()) ::setenv("PATH", path_before_.c_str(), 1);
}

bool LocalSshd::make_key(const std::string& name) const {
  const std::string file = (folder_ / name).string();
  return run_command({"ssh-keygen", {"-q", "-t", "ed25519", "-N", "", "-f", file}, {}, {}})
             .exit_code == 0;
}

bool LocalSshd::start() {
  fs::copy(folder_ / "user.pub", folder_ / "authorized");
  if (::geteuid() == 0) ::mkdir("/run/sshd", 0755);
  port_ = free_port();
  write_file(
      folder_ / "sshd_config",
      concat("Port ", port_, "\nListenAddress 127.0.0.1\nHostKey ", (folder_ / "host").string(),
             "\nPidFile none\nAuthorizedKeysFile ", (folder_ / "authorized").string(),
             "\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
             "KbdInteractiveAuthentication no\nPermitRootLogin yes\n"));
  const FileDescriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const FileDescriptor log(::open(log_.path().c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  server_.emplace(
      Command{"/usr/sbin/sshd", {"-D", "-e", "-f", (folder_ / "sshd_config").string()}, {}, {}},
      Streams{nothing.value(), log.value(), log.value()});
  return comes_true([&] {
           return is_listening(port_) || server_->has_ended(std::chrono::milliseconds(0));
         }) &&
         is_listening(port_);
}

void LocalSshd::write_configuration() const {
  write_file(folder_ / "config",
             concat("Host board\n  HostName 127.0.0.1\n  Port ", port_, "\n  User ", user_name(),
                    "\nHost *\n  IdentityFile ", (folder_ / "user").string(),
                    "\n  IdentitiesOnly yes\n  UserKnownHostsFile ", (folder_ / "known").string(),
                    "\n  GlobalKnownHostsFile /dev/null\n"));
  const std::string key = read_file(folder_ / "host.pub");
  write_file(folder_ / "known", concat("[127.0.0.1]:", port_, " ", key));
  write_program(folder_ / "bin/ssh", concat("#!/bin/sh\nexec ", find_program("ssh")->string(),
                                            " -F '", (folder_ / "config").string(), "' \"$@\"\n"));
}

void LocalSshd::refuse_key() const {
  fs::copy(folder_ / "other", folder_ / "user", fs::copy_options::overwrite_existing);
}

void LocalSshd::forget_host_key() const { write_file(folder_ / "known", ""); }

void LocalSshd::change_host_key() const {
  write_file(folder_ / "known",
             concat("[127.0.0.1]:", port_, " ", read_file(folder_ / "other.pub")));
}

StandInAdb::StandInAdb() {
  fs::create_directories(folder_ / "bin");
  fs::create_symlink(fs::absolute("tests/wire/stand_in/adb"), folder_ / "bin/adb");
  write_file(folder_ / "serial", kStandInSerial);
  write_file(folder_ / "features", "shell_v2,cmd,stat_v2\n");
  list(concat(kStandInSerial, "       device usb:1-1 product:x model:y device:z transport_id:1\n"));
  ::setenv("SOTTO_STAND_IN_ADB", folder_.path().c_str(), 1);
  path_before_ = put_in_front_of_path(folder_ / "bin");
}

StandInAdb::~StandInAdb() { ::setenv("PATH", path_before_.c_str(), 1); }

void StandInAdb::list(const std::string& lines) const { write_file(folder_ / "devices", lines); }
void StandInAdb::be_old() const { write_file(folder_ / "features", "cmd\n"); }
void StandInAdb::be_full() const { write_file(folder_ / "full", ""); }
void StandInAdb::go() const { write_file(folder_ / "gone", ""); }

}  // namespace sotto::test
