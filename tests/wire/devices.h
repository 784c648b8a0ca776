#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/process_group.h"
#include "core/base/scratch_file.h"
#include "run/wire/wire.h"
#include "support/temp_folder.h"

namespace sotto::test {

/// An sshd of this machine's on a free port of the loopback, with keys of its own, for this user.
/// While it lives, "ssh" in PATH is OpenSSH's with a configuration in which the alias "board" is
/// it.
class LocalSshd {
 public:
  /// Why there can be none; empty where it runs.
  [[nodiscard]] const std::string& absence() const { return absence_; }

  LocalSshd();
  ~LocalSshd();
  LocalSshd(const LocalSshd&) = delete;
  LocalSshd& operator=(const LocalSshd&) = delete;

  [[nodiscard]] int port() const { return port_; }
  /// Makes ssh offer a key that the board does not know.
  void refuse_key() const;
  /// Makes ssh know no key of the board, or another one than it has.
  void forget_host_key() const;
  void change_host_key() const;

 private:
  [[nodiscard]] bool make_key(const std::string& name) const;
  void write_configuration() const;
  [[nodiscard]] bool start();

  TempFolder folder_;
  ScratchFile log_;
  std::string absence_, path_before_;
  int port_ = 0;
  std::optional<ProcessGroup> server_;
};

/// The stand-in for adb, in PATH while this lives, with one device that is this machine.
class StandInAdb {
 public:
  StandInAdb();
  ~StandInAdb();
  StandInAdb(const StandInAdb&) = delete;
  StandInAdb& operator=(const StandInAdb&) = delete;

  /// What "adb devices -l" lists.
  void list(const std::string& lines) const;
  /// An adbd of before Android 7.
  void be_old() const;
  /// Nothing can be pushed from now on; the device goes in the middle of the next command.
  void be_full() const;
  void go() const;

 private:
  TempFolder folder_;
  std::string path_before_;
};

inline constexpr const char* kStandInSerial = "0123456789ABCDEF";

}  // namespace sotto::test
