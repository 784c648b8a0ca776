#include "run/backends/cpu/arena.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <numeric>

#include "core/base/aligned_memory.h"

namespace sotto::cpu {
namespace {

bool meet(const Lifetime& a, const Lifetime& b) { return a.first <= b.last && b.first <= a.last; }

struct Extent {
  std::size_t begin, end;
};

// The lowest offset with room for `bytes` between the taken extents.
std::size_t first_gap(std::vector<Extent> taken, std::size_t bytes) {
  std::sort(taken.begin(), taken.end(),
            [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
  std::size_t offset = 0;
  for (const Extent& extent : taken) {
    if (extent.begin >= offset + bytes) break;
    offset = std::max(offset, extent.end);
  }
  return offset;
}

}  // namespace

ArenaPlan plan_arena(const std::vector<Lifetime>& buffers) {
  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return buffers[a].bytes > buffers[b].bytes;
  });
  ArenaPlan plan{std::vector<std::size_t>(buffers.size()), 0};
  std::vector<std::size_t> placed;
  for (const std::size_t buffer : order) {
    std::vector<Extent> taken;
    for (const std::size_t other : placed) {
      if (!meet(buffers[buffer], buffers[other])) continue;
      taken.push_back(
          {plan.offsets[other], plan.offsets[other] + aligned_size(buffers[other].bytes)});
    }
    const std::size_t bytes = aligned_size(buffers[buffer].bytes);
    plan.offsets[buffer] = first_gap(std::move(taken), bytes);
    plan.bytes = std::max(plan.bytes, plan.offsets[buffer] + bytes);
    placed.push_back(buffer);
  }
  return plan;
}

// Untouched pages cost nothing, so the memory is not cleared.
bool Arena::reserve(std::size_t bytes) {
  if (bytes <= bytes_) return false;
  auto* memory = static_cast<std::byte*>(std::aligned_alloc(kMemoryAlignment, aligned_size(bytes)));
  if (memory == nullptr) throw std::bad_alloc();
  memory_.reset(memory);
  bytes_ = bytes;
  return true;
}

void Arena::Free::operator()(std::byte* memory) const { std::free(memory); }

}  // namespace sotto::cpu
