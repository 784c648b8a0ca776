#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/bundle/bundle.h"
#include "run/deployment/bundle_selection.h"
#include "run/wire/remote_backend.h"
#include "run/wire/remote_files.h"
#include "run/wire/wire.h"

namespace sotto {

/// What goes to a device, and how it is run there.
struct DeviceSetup {
  std::filesystem::path program;  ///< Sotto's, built for the device
  std::string directory{};        ///< on the device; empty: the wire's usual folder
  DeviceRun run{};
  /// The vendor's libraries: a file here is sent, any other name is the device's own; empty: as the
  /// device finds them.
  std::filesystem::path neuron{}, litert{};
  std::function<void(const std::string&)> progress{};  ///< told what is being done
};

/// A bundle on a device, with the program to run it.
class DeployedBundle {
 public:
  /// Checks that the program is for the device, then sends what is not there already. Throws what
  /// select_for_device(), check_program() and RemoteFolder::push() throw, and mismatch for a file
  /// that has another hash than the manifest says.
  DeployedBundle(std::shared_ptr<Wire> wire, const Bundle& bundle, const DeviceSetup& setup);

  /// The same of files that the caller chose: those of `manifest`, which lie in `folder`. Where it
  /// has none, the program and the libraries go alone.
  DeployedBundle(std::shared_ptr<Wire> wire, const std::filesystem::path& folder,
                 const Manifest& manifest, DeviceSetup setup);

  [[nodiscard]] Wire& wire() const { return *wire_; }
  [[nodiscard]] const RemoteFolder& folder() const { return folder_; }
  [[nodiscard]] const DeviceSetup& setup() const { return setup_; }
  [[nodiscard]] const PushReport& sent() const { return sent_; }
  /// The bundle's folder there; empty where none was sent.
  [[nodiscard]] const std::string& bundle() const { return bundle_; }

  /// The words that start the program there with a command, and those that choose its back end.
  [[nodiscard]] std::vector<std::string> program_words(const std::string& command) const;
  [[nodiscard]] std::vector<std::string> backend_words() const;
  /// Of those, the ones that name the vendor's libraries.
  [[nodiscard]] std::vector<std::string> library_words() const;

  /// Its graphs, for loops that run here.
  [[nodiscard]] RemoteGraphs graphs() const;

 private:
  void add_bundle(const std::filesystem::path& folder, const Manifest& manifest,
                  std::vector<RemoteFile>& files);
  [[nodiscard]] std::string library(const std::filesystem::path& name, const char* file_of_folder,
                                    std::vector<RemoteFile>& files) const;

  std::shared_ptr<Wire> wire_;
  DeviceSetup setup_;
  RemoteFolder folder_;
  std::string bundle_, neuron_, litert_;
  bool brings_libraries_ = false;
  PushReport sent_;
};

}  // namespace sotto
