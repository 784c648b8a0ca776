#pragma once

#include <string>
#include <vector>

namespace sotto::test {

/// A file that no command takes.
struct ForeignFile {
  std::string name;
  std::string bytes;
  std::string what;    ///< as messages call it
  std::string way_on;  ///< a part of what they say to do where a model was wanted
};

/// The beginnings of the formats, as their descriptions have them, in files of a few hundred bytes.
[[nodiscard]] std::vector<ForeignFile> foreign_files();

/// A message of protocol buffers: ONNX's version and producer, and a graph of one node.
[[nodiscard]] std::string onnx_file(const std::string& producer);

/// A TFLite file without the four bytes that say so.
[[nodiscard]] std::string unnamed_tflite();

}  // namespace sotto::test
