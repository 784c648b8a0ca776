#pragma once

#include <filesystem>
#include <string_view>

namespace sotto {

/// Copies a TFLite file of several graphs with one of them alone in it, that of the signature of
/// this key: compilers look at a file's first graph, whatever else is there. The bytes of the
/// others stay, and nothing refers to them. Throws what read_tflite() throws, mismatch where no
/// signature is called so, and unsupported where the graph calls another one.
void write_single_graph(const std::filesystem::path& from, const std::filesystem::path& to,
                        std::string_view key);

}  // namespace sotto
