#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "run/doctor/report.h"

namespace sotto {

/// A library to ask for.
struct LibraryQuestion {
  LibraryKind kind = LibraryKind::adapter;
  std::string name;  ///< for the loader: a name, or a path
};

/// The libraries that a device may have, in the order in which they are taken: the adapter that
/// `adapter` or $SOTTO_NEURON names, where one does, then the usual ones of each kind. LiteRT's is
/// that of find_litert(), with `litert` as given, where that finds one.
[[nodiscard]] std::vector<LibraryQuestion> library_questions(const std::filesystem::path& adapter,
                                                             const std::filesystem::path& litert);

/// Loads the library and asks it what it is; an adapter also runs a network of one addition in
/// memory that is shared with the device. It is the vendor's code: this is for a process of its
/// own.
[[nodiscard]] LibraryFacts probe_library(const LibraryQuestion& question);

/// Where under a root folder a library of this name lies, in a folder that vendors use; empty where
/// it does in none of them.
[[nodiscard]] std::string find_library(const std::filesystem::path& root, std::string_view name);

}  // namespace sotto
