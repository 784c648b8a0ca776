#include "run/doctor/library_probe.h"

#include <array>
#include <chrono>
#include <dlfcn.h>

#include "core/base/environment.h"
#include "core/base/error.h"
#include "core/base/shared_library.h"
#include "core/neuron/neuron_api.h"
#include "core/neuron/runtime_api.h"
#include "core/tflite/litert_files.h"
#include "run/doctor/shared_memory.h"
#include "run/doctor/vendor_calls.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

struct LibraryEntry {
  LibraryKind kind;
  const char* name;
};

// Besides those of both interfaces, whose names core/neuron has.
constexpr auto kOthers = std::to_array<LibraryEntry>({
    {LibraryKind::stable_delegate, "libneuron_stable_delegate.so"},
    {LibraryKind::service, "libneuron_sys_util.mtk.so"},
});

constexpr auto kFolders = std::to_array<std::string_view>(
    {"usr/lib", "usr/lib64", "usr/lib/aarch64-linux-gnu", "vendor/lib64", "system/lib64",
     "system_ext/lib64", "odm/lib64"});

/// The functions that a library of a kind must have, and those that it may have.
struct Functions {
  std::vector<const char*> required, optional;
};

Functions functions_of(LibraryKind kind) {
  switch (kind) {
    case LibraryKind::adapter:
      return {neuron::required_functions(), neuron::optional_functions()};
    case LibraryKind::runtime:
      return {neuron::required_runtime_functions(), neuron::optional_runtime_functions()};
    case LibraryKind::stable_delegate:
      return {{"TFL_TheStableDelegate"}, {}};
    case LibraryKind::litert:
      return {{"LiteRtCreateEnvironment", "LiteRtCreateCompiledModel", "LiteRtRunCompiledModel"},
              {}};
    case LibraryKind::service:
      return {{}, {"NeuronService_getNeuroPilotMagicNumber"}};
  }
  return {};
}

/// The address of a symbol; null where there is none.
void* find_symbol(const SharedLibrary& library, const char* name) {
  try {
    return reinterpret_cast<void*>(library.function<void()>(name));
  } catch (const Error&) {
    return nullptr;
  }
}

/// Whether the loader's reason is that there is no such library, rather than something about one
/// that there is.
bool says_absent(const std::string& message, const std::string& name) {
  return message.find(name + ": cannot open shared object file") != std::string::npos ||
         message.find("library \"" + name + "\" not found") != std::string::npos;
}

/// Which functions there are, and the file that was loaded.
void look_up(const SharedLibrary& library, LibraryFacts& facts) {
  const Functions functions = functions_of(facts.kind);
  const auto take = [&](const std::vector<const char*>& names, std::vector<std::string>& missing) {
    for (const char* name : names) {
      void* address = find_symbol(library, name);
      ::Dl_info where{};
      if (address == nullptr) {
        missing.emplace_back(name);
      } else if (facts.path.empty() && ::dladdr(address, &where) != 0 &&
                 where.dli_fname != nullptr) {
        facts.path = fs::absolute(where.dli_fname).lexically_normal().string();
      }
    }
  };
  take(functions.required, facts.missing_required);
  take(functions.optional, facts.missing_optional);
}

void question_adapter(const SharedLibrary& library, LibraryFacts& facts) {
  const neuron::Api api = neuron::load_api(facts.name);
  facts.version = api.version_text();
  ask_devices(library, facts);
  std::uint32_t l1 = 0;
  if (api.get_l1_memory_kb != nullptr && api.get_l1_memory_kb(&l1) == neuron::kOk) facts.l1_kb = l1;
  facts.simulation = is_simulation(library);
  const SharedRun run = run_in_shared_memory(api);
  facts.call = "NeuronExecution_compute";
  facts.answer = run.answer;
  facts.call_message = run.message;
  facts.shares_memory = run.was_shared;
}

void question(const SharedLibrary& library, LibraryFacts& facts) {
  switch (facts.kind) {
    case LibraryKind::adapter:
      return question_adapter(library, facts);
    case LibraryKind::runtime:
      return ask_runtime(library, facts);
    case LibraryKind::service:
      return ask_service(library, facts);
    case LibraryKind::stable_delegate:
    case LibraryKind::litert:
      return;
  }
}

}  // namespace

std::vector<LibraryQuestion> library_questions(const fs::path& adapter, const fs::path& litert) {
  std::vector<LibraryQuestion> questions;
  const fs::path named = adapter.empty() ? environment_path("SOTTO_NEURON") : adapter;
  if (!named.empty()) questions.push_back({LibraryKind::adapter, named.string()});
  const auto ask_usual = [&](LibraryKind kind, neuron::Interface interface) {
    for (const char* name : neuron::usual_libraries(interface)) {
      if (named != name) questions.push_back({kind, name});
    }
  };
  ask_usual(LibraryKind::adapter, neuron::Interface::adapter);
  ask_usual(LibraryKind::runtime, neuron::Interface::runtime);
  for (const LibraryEntry& entry : kOthers) questions.push_back({entry.kind, entry.name});
  try {
    questions.push_back({LibraryKind::litert, find_litert(litert).library.string()});
  } catch (const Error&) {
    questions.push_back({LibraryKind::litert, "libLiteRt.so"});
  }
  return questions;
}

LibraryFacts probe_library(const LibraryQuestion& asked) {
  LibraryFacts facts;
  facts.kind = asked.kind;
  facts.name = asked.name;
  const auto start = std::chrono::steady_clock::now();
  try {
    const SharedLibrary library(asked.name);
    facts.state = LibraryState::loaded;
    look_up(library, facts);
    if (facts.missing_required.empty()) {
      question(library, facts);
    } else {
      facts.state = LibraryState::refused;
      facts.message = concat("it lacks ", facts.missing_required.front());
    }
  } catch (const Error& error) {
    facts.state =
        says_absent(error.message(), asked.name) ? LibraryState::absent : LibraryState::refused;
    if (facts.state == LibraryState::refused) facts.message = error.message();
  }
  facts.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return facts;
}

std::string find_library(const fs::path& root, std::string_view name) {
  std::error_code ignored;
  for (const std::string_view folder : kFolders) {
    const fs::path in_root = fs::path(folder) / name;
    if (fs::is_regular_file(root / in_root, ignored)) return concat('/', in_root.string());
  }
  return {};
}

}  // namespace sotto
