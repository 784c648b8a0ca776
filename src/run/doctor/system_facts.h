#pragma once

#include <filesystem>
#include <string_view>

#include "run/doctor/report.h"

namespace sotto {

/// The machine whose root folder this is: procfs, sysfs, device tree, Android's properties, each as
/// far as it is there. Nothing is thrown for what is lacking or cannot be read. Of the running
/// system itself ("/") also what only calls can tell: the C library, and Android's properties where
/// their files are closed.
[[nodiscard]] SystemFacts system_facts(const std::filesystem::path& root);

/// Processors and features out of a /proc/cpuinfo.
void add_processors(std::string_view cpuinfo, SystemFacts& facts);

/// The first `most` bytes of a file, also one of procfs, which has no size; empty where it cannot
/// be read.
[[nodiscard]] std::string text_of(const std::filesystem::path& path, std::size_t most);

}  // namespace sotto
