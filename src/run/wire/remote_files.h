#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "run/wire/wire.h"

namespace sotto {

/// A file that is to lie on the device.
struct RemoteFile {
  std::filesystem::path local;
  std::string path;      ///< inside of the device's folder, with slashes: "bundles/base/sotto.json"
  std::string sha256{};  ///< of the local one; empty: not known
  bool executable = false;
};

struct PushReport {
  std::size_t files = 0, sent = 0;
  std::uint64_t bytes = 0, bytes_sent = 0;
};

/// A folder on a device, which Sotto fills.
class RemoteFolder {
 public:
  /// Makes it and its parents; where `path` is empty, the wire's usual one. Throws io.
  RemoteFolder(Wire& wire, const std::string& path);

  /// From the root: "/data/local/tmp/sotto-deploy".
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string at(const std::string& name) const { return path_ + "/" + name; }

  /// Bytes that are free where it lies.
  [[nodiscard]] std::uint64_t free_bytes() const;

  /// Sends those files that are not there already as they are here, by their SHA-256. Each gets its
  /// name when it has arrived whole. Throws unavailable, before anything is sent, where the device
  /// has no room for them; `progress` is told what is being sent.
  PushReport push(std::vector<RemoteFile> files,
                  const std::function<void(const std::string&)>& progress = {}) const;

 private:
  [[nodiscard]] std::vector<std::string> hashes_of(const std::vector<std::string>& paths) const;
  void send(const RemoteFile& file) const;

  Wire& wire_;
  std::string path_;
};

}  // namespace sotto
