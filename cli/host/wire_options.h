#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "run/wire/wire.h"

namespace sotto::cli {

/// How a command reaches a device.
struct WireArguments {
  std::optional<std::string> ssh;
  std::vector<std::string> adb;       ///< the serial, where one is given
  CLI::Option* adb_option = nullptr;  ///< whether it is asked for
  std::optional<std::string> program;
  std::string directory;

  [[nodiscard]] bool is_given() const { return ssh || adb_option->count() > 0; }
};

/// Adds --ssh, --adb, --program and --directory to a command; `arguments` must outlive it.
void add_wire_options(CLI::App& command, WireArguments& arguments);

/// Connects. Throws usage unless just one of --ssh and --adb is given, and what connecting throws.
[[nodiscard]] std::unique_ptr<Wire> connect(const WireArguments& arguments);

/// The program for the device: the one that is given, or $SOTTO_DEVICE_PROGRAM, or what the preset
/// device-aarch64 builds here. Throws not_found, with how to build one.
[[nodiscard]] std::filesystem::path device_program(const WireArguments& arguments);

}  // namespace sotto::cli
