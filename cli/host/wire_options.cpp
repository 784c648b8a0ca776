#include "host/wire_options.h"

#include "core/base/environment.h"
#include "core/base/error.h"
#include "core/bundle/bundle.h"
#include "run/wire/adb_wire.h"
#include "run/wire/ssh_wire.h"

namespace sotto::cli {
namespace {

constexpr const char* kUsualProgram = "build/device-aarch64/sotto";

}  // namespace

void add_wire_options(CLI::App& command, WireArguments& arguments) {
  constexpr const char* kGroup = "Device";
  command
      .add_option("--ssh", arguments.ssh,
                  "The device, as ssh knows it: HOST, USER@HOST:PORT, or an alias of its "
                  "configuration; keys must do, nothing is asked")
      ->type_name("HOST")
      ->group(kGroup);
  arguments.adb_option =
      command
          .add_option("--adb", arguments.adb,
                      "The device that adb sees, by its serial where there are several; before "
                      "other words as --adb=SERIAL")
          ->expected(0, 1)
          ->type_name("[SERIAL]")
          ->group(kGroup);
  command
      .add_option("--program", arguments.program,
                  "Sotto for the device ($SOTTO_DEVICE_PROGRAM, build/device-aarch64/sotto)")
      ->type_name("PATH")
      ->group(kGroup);
  command
      .add_option("--directory", arguments.directory,
                  "Where its files go there (sotto-deploy in the home folder, or in "
                  "/data/local/tmp)")
      ->type_name("FOLDER")
      ->group(kGroup);
}

std::unique_ptr<Wire> connect(const WireArguments& arguments) {
  const bool over_adb = arguments.adb_option->count() > 0;
  if (over_adb == arguments.ssh.has_value()) {
    fail(ErrorKind::usage, "expected a device, as ", Option{"ssh", "HOST"}, " or ", Option{"adb"},
         ", found ", over_adb ? "both" : "none");
  }
  if (!over_adb) return connect_ssh(parse_ssh_address(*arguments.ssh));
  const std::string serial = arguments.adb.empty() ? "" : arguments.adb.front();
  if (Bundle::is_bundle(serial)) {
    fail(ErrorKind::usage, Option{"adb"}, ": expected the serial of a device, found the bundle ",
         serial, ": put the option behind the other words");
  }
  return connect_adb(serial);
}

std::filesystem::path device_program(const WireArguments& arguments) {
  if (arguments.program) return *arguments.program;
  auto told = environment_path("SOTTO_DEVICE_PROGRAM");
  if (!told.empty()) return told;
  std::error_code ignored;
  if (std::filesystem::is_regular_file(kUsualProgram, ignored)) return kUsualProgram;
  fail(ErrorKind::not_found, kUsualProgram,
       ": expected a program for the device, found none: build it with \"cmake ",
       "--preset device-aarch64\" (docs/devices.md), or name one with ", Option{"program"});
}

}  // namespace sotto::cli
