#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/bundle/bundle.h"
#include "core/bundle/graph_table.h"
#include "run/backends/backend.h"
#include "run/graph_server/graph_stream.h"

namespace sotto {

/// What a server runs graphs by.
struct ServedGraphs {
  std::function<std::unique_ptr<Executable>(GraphKind kind)> load;
  std::function<Tensor(DType dtype, const Shape& shape)> allocate;
  bool binds_inputs = false;  ///< whether resident inputs are bound
};

/// Runs graphs for somebody at the other end of a stream, who is not believed: loads those of the
/// table by name, keeps their inputs from run to run, and gives their outputs.
class GraphServer {
 public:
  explicit GraphServer(ServedGraphs graphs) : graphs_(std::move(graphs)) {}

  /// Answers one request. What a graph itself goes wrong by is an answer; throws format for what is
  /// no request, after which the stream is of no more use, and what the stream throws.
  void answer(GraphStream& stream);

 private:
  struct Loaded {
    std::unique_ptr<Executable> graph;
    std::vector<Tensor> inputs, outputs;
    std::int64_t extent = -1;  ///< of the variable axes that the tensors are made for
  };
  void load(GraphStream& stream);
  void run(GraphStream& stream);
  void make_tensors(Loaded& loaded, std::int64_t extent) const;

  ServedGraphs graphs_;
  std::vector<Loaded> loaded_;
};

/// Serves the graphs of a bundle on a back end until the stream ends. Throws what opening them and
/// GraphServer::answer() throw.
void serve_graphs(const Bundle& bundle, std::string_view backend, const BackendOptions& options,
                  GraphStream& stream);

/// The shape of a port whose variable axis, where it has one, is so long.
[[nodiscard]] Shape shape_at(const Signature::Port& port, std::int64_t extent);

}  // namespace sotto
