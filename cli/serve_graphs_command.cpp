#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <unistd.h>

#include "commands.h"
#include "core/base/error.h"
#include "core/base/regular_file.h"
#include "run/graph_server/graph_server.h"

// What a host runs on a device to have graphs computed there.

namespace sotto::cli {
namespace {

struct ServeArguments {
  std::string bundle, backend;
  BackendOptions options;
};

/// Standard input and output, for the requests alone: what libraries print goes to standard error.
class StandardStream : public GraphStream {
 public:
  StandardStream() : out_(::dup(STDOUT_FILENO)) {
    if (out_.value() < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
      fail(ErrorKind::io, "standard output: ", std::strerror(errno));
    }
  }

  void read(std::span<std::byte> bytes) override {
    while (!bytes.empty()) {
      const ::ssize_t size = ::read(STDIN_FILENO, bytes.data(), bytes.size());
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) throw CLI::RuntimeError(0);  // the host has gone, or is done
      bytes = bytes.subspan(static_cast<std::size_t>(size));
    }
  }

  void write(std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const ::ssize_t size = ::write(out_.value(), bytes.data(), bytes.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) fail(ErrorKind::io, "standard output: ", std::strerror(errno));
      bytes = bytes.subspan(static_cast<std::size_t>(size));
    }
  }

 private:
  FileDescriptor out_;
};

void run(const ServeArguments& arguments) {
  const Bundle bundle = Bundle::open(arguments.bundle);
  StandardStream stream;
  serve_graphs(bundle, arguments.backend, arguments.options, stream);
}

}  // namespace

void add_serve_graphs_command(CLI::App& app) {
  auto arguments = std::make_shared<ServeArguments>();
  CLI::App* command = app.add_subcommand(
      "serve-graphs", "Run a bundle's graphs for `sotto verify` on another machine");
  command->group("");  // `sotto verify` is what people call
  command->add_option("bundle", arguments->bundle, "The bundle")->required();
  command->add_option("--backend", arguments->backend, "What computes")->required();
  command->add_option("--litert", arguments->options.litert, "LiteRT's folder or library");
  command->add_option("--neuron", arguments->options.neuron, "NeuronAdapter's library");
  command->add_option("--soc", arguments->options.soc, "Whose compiled files are run");
  command->add_option("--threads", arguments->options.threads, "Threads on the CPU");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace sotto::cli
