#include <array>
#include <chrono>

#include "run/backends/cpu/passes/passes.h"

namespace sotto::cpu {
namespace {

struct Pass {
  std::string_view name;
  Graph (*run)(const Graph& graph);
};

constexpr std::array kPasses{
    Pass{"fuse_attention", fuse_attention},
    Pass{"fuse_linear", fuse_linear},
    Pass{"fuse_convolution", fuse_convolution},
};

}  // namespace

Graph fuse(const Graph& graph, const PassObserver& observer) {
  using Clock = std::chrono::steady_clock;
  Graph fused = graph;
  for (const Pass& pass : kPasses) {
    const Clock::time_point begin = Clock::now();
    fused = pass.run(fused);
    const std::chrono::duration<double> took = Clock::now() - begin;
    if (observer) observer(pass.name, fused, took.count());
  }
  return fused;
}

}  // namespace sotto::cpu
