#include "run/backends/cpu/steps/copy_step.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sotto::cpu {
namespace {

/// Axes from the outermost on, those of extent 1 left out, ordered so that the output is written
/// about in the order of its memory.
struct Axis {
  std::int64_t extent, from, to;
};

std::vector<Axis> axes_of(const Layout& input, const Layout& output) {
  std::vector<Axis> axes;
  for (std::size_t i = 0; i < input.shape.size(); ++i) {
    if (input.shape[i] > 1) axes.push_back({input.shape[i], input.strides[i], output.strides[i]});
  }
  std::stable_sort(axes.begin(), axes.end(),
                   [](const Axis& a, const Axis& b) { return a.to > b.to; });
  if (axes.empty()) axes.push_back({1, 1, 1});
  return axes;
}

template <class Element>
void copy(const Element* from, Element* to, const Axis* axis, const Axis* end) {
  if (axis + 1 == end) {
    for (std::int64_t i = 0; i < axis->extent; ++i) to[i * axis->to] = from[i * axis->from];
    return;
  }
  for (std::int64_t i = 0; i < axis->extent; ++i) {
    copy(from + i * axis->from, to + i * axis->to, axis + 1, end);
  }
}

template <class Element>
void copy_share(const std::byte* from, std::byte* to, std::vector<Axis> axes, Share share) {
  axes.front().extent = share.last - share.first;
  copy(reinterpret_cast<const Element*>(from) + share.first * axes.front().from,
       reinterpret_cast<Element*>(to) + share.first * axes.front().to, axes.data(),
       axes.data() + axes.size());
}

}  // namespace

CopyStep::CopyStep(Operand input, Operand output)
    : Step({input.storage, output.storage}), input_(std::move(input)), output_(std::move(output)) {}

void CopyStep::run(ThreadPool& threads) {
  const std::vector<Axis> axes = axes_of(input_.layout, output_.layout);
  threads.share(axes.front().extent, 1, [&](Share share, int) {
    if (input_.element == Element::f32) {
      copy_share<std::uint32_t>(address(0), address(1), axes, share);
    } else {
      copy_share<std::uint16_t>(address(0), address(1), axes, share);
    }
  });
}

}  // namespace sotto::cpu
