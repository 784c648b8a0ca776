#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "run/self_test/self_test.h"

namespace sotto {

// What is known of a device, gathered (gather.h), judged (findings.h) and written (report_json.h)
// apart from each other. Texts are those of the system and the libraries, as they are.

/// Processors of one kind.
struct CoreKind {
  std::string name;  ///< "Cortex-A78"
  std::uint64_t count = 0;
  bool operator==(const CoreKind&) const = default;
};

/// The machine, out of its own files.
struct SystemFacts {
  std::string board;       ///< what it calls itself; empty where it does not
  std::string soc;         ///< "mt8371"; empty where no chip of MediaTek's is named
  std::string soc_source;  ///< where that was read
  std::string os, kernel, c_library, architecture;
  std::vector<CoreKind> cores;
  std::vector<std::string> features;  ///< of the processors, those that kernels choose by
  std::uint64_t memory_bytes = 0, available_bytes = 0;
  bool operator==(const SystemFacts&) const = default;
};

enum class LibraryKind { adapter, runtime, stable_delegate, litert, service };
enum class LibraryState { loaded, absent, refused, crashed, stalled };

/// A library of the vendor's or of LiteRT's.
struct LibraryFacts {
  LibraryKind kind = LibraryKind::adapter;
  std::string name;  ///< as it was asked for
  LibraryState state = LibraryState::absent;
  std::string path;     ///< of what was loaded, or lies there and was not
  std::string version;  ///< empty where it does not say
  std::string message;  ///< the loader's, where it was not loaded
  std::vector<std::string> missing_required, missing_optional;  ///< functions
  std::vector<std::string> devices;
  std::optional<std::uint64_t> l1_kb;
  double seconds = 0;  ///< to load it and ask it all this
  /// What it answered to the one call that it is tried with: an adapter to running a small network,
  /// a runtime to being made, the service to being asked for its number. Empty: not tried.
  std::string call;
  std::optional<std::int64_t> answer;
  std::string call_message;           ///< of a call that failed
  std::optional<bool> shares_memory;  ///< whether an adapter ran the network in shared memory
  bool simulation = false;
  bool operator==(const LibraryFacts&) const = default;
};

enum class NodeState { works, absent, denied, failed };

/// A device file.
struct NodeFacts {
  std::string path;
  NodeState state = NodeState::absent;
  std::string message;  ///< the system's, where it cannot be opened
  bool operator==(const NodeFacts&) const = default;
};

/// What became of a compiled file of a bundle on this device.
enum class FileState { loaded, refused, crashed, stalled, not_tried };

struct FileFacts {
  std::string name, role;
  std::string graph;        ///< "step"
  std::string compiled_as;  ///< "dla", "neuron", "tflite"
  std::string soc;          ///< that it is compiled for
  std::string tool;         ///< "Neuron 8.2.26"
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> major;  ///< of what compiled it, where file or manifest says so
  bool is_partial = false;             ///< a part of its graph is left to the CPU
  bool forbids_bridges = false;  ///< of a DLA: its log says that operators might not be bridged
  FileState state = FileState::not_tried;
  double seconds = 0;   ///< to load it
  std::string answer;   ///< of a refusal: "NEURON_UNMAPPABLE", where a call was answered so
  std::string message;  ///< of what was not loaded
  bool operator==(const FileFacts&) const = default;
};

/// A TFLite file that is not compiled.
struct SourceFacts {
  std::string name, graph;
  std::uint64_t operators = 0;
  std::uint64_t quantized_tensors = 0;  ///< computed values of 8 bits
  bool operator==(const SourceFacts&) const = default;
};

struct BundleFacts {
  std::string folder, model;
  std::string damage;  ///< a sentence where the bundle is not whole
  std::vector<FileFacts> files;
  std::vector<SourceFacts> sources;
  bool operator==(const BundleFacts&) const = default;
};

enum class State { ok, note, problem };

/// What a person should know, in a sentence, and what to do about it, in another; empty where there
/// is nothing to do.
struct Diagnosis {
  std::string what;
  State state = State::ok;
  std::string sentence, remedy;
  bool operator==(const Diagnosis&) const = default;
};

struct Report {
  std::string program_version;
  bool simulation = false;  ///< what is asked is Sotto's simulator, and no device
  SystemFacts system;
  std::vector<LibraryFacts> libraries;
  std::vector<NodeFacts> nodes;
  std::optional<BundleFacts> bundle;
  std::optional<SelfTest> self_test;
  std::vector<Diagnosis> findings;
  bool operator==(const Report&) const = default;

  [[nodiscard]] bool passed() const;  ///< no finding is a problem
  /// The adapter that the neuron back end would load: the first that could be; null where none
  /// could.
  [[nodiscard]] const LibraryFacts* adapter() const;
};

[[nodiscard]] std::string_view name_of(LibraryKind kind);
[[nodiscard]] std::string_view name_of(LibraryState state);
[[nodiscard]] std::string_view name_of(NodeState state);
[[nodiscard]] std::string_view name_of(FileState state);
[[nodiscard]] std::string_view name_of(State state);

}  // namespace sotto
