#include "host/verify_on_device.h"

#include <memory>

#include "core/base/error.h"
#include "run/deployment/deployed_bundle.h"
#include "run/wire/remote_backend.h"

namespace sotto::cli {
namespace {

DeviceSetup setup_of(const WireArguments& arguments, const VerifyOptions& options) {
  DeviceSetup setup;
  setup.program = device_program(arguments);
  setup.directory = arguments.directory;
  setup.run = {options.backends.front(), options.backend_options.soc, options.decoder};
  setup.neuron = options.backend_options.neuron;
  setup.litert = options.backend_options.litert;
  setup.progress = options.progress;
  return setup;
}

}  // namespace

void verify_on_device(const WireArguments& arguments, VerifyOptions& options) {
  const auto& names = options.backends;
  if (names.size() != 1 || (names.front() != "neuron" && names.front() != "litert")) {
    fail(ErrorKind::usage, "on a device: expected ", Option{"backend", "neuron"}, " or ",
         Option{"backend", "litert"});
  }
  const DeviceSetup setup = setup_of(arguments, options);
  const std::shared_ptr<Wire> wire = connect(arguments);
  const BackendOptions here = options.backend_options;
  // Sent when it is first asked for: by then the bundle's hashes have been compared. Every model
  // has a program of its own there.
  auto there = std::make_shared<std::unique_ptr<DeployedBundle>>();
  options.backend_options.elsewhere =
      [=, bundle = options.bundle](std::string_view name) -> std::unique_ptr<Backend> {
    if (name != setup.run.backend) return nullptr;
    if (!*there) *there = std::make_unique<DeployedBundle>(wire, Bundle::open(bundle), setup);
    return make_remote_backend((*there)->graphs(), here);
  };
}

}  // namespace sotto::cli
