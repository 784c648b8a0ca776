#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>

#include "simulators/neuron_adapter/refusal.h"

namespace sotto::simulator {

/// The live objects of one kind. Handles are numbers that are never given again, so that one whose
/// object is gone is known for that. For several threads.
template <class Object, class Handle>
class Registry {
 public:
  /// `kind` is what messages call an object.
  explicit Registry(std::string_view kind) : kind_(kind) {}

  /// `parent` is the handle of what the object must not outlive; null where there is none.
  Handle* add(std::shared_ptr<Object> object, const void* parent = nullptr) {
    const std::lock_guard lock(mutex_);
    next_ += kStep;
    auto* handle = reinterpret_cast<Handle*>(next_);  // NOLINT(performance-no-int-to-ptr)
    entries_[handle] = {std::move(object), parent, false};
    return handle;
  }

  /// Throws Refusal where there is no such object, or its parent is gone.
  std::shared_ptr<Object> find(const Handle* handle) {
    const std::lock_guard lock(mutex_);
    (void)given(handle, kind_.data());
    const auto found = entries_.find(handle);
    if (found == entries_.end()) {
      refuse(neuron::kBadState, "this is no ", kind_, ", or one that was freed");
    }
    if (found->second.is_orphan) {
      refuse(neuron::kBadState, "what this ", kind_, " was made of was freed before it");
    }
    return found->second.object;
  }

  /// Throws Refusal where there is no such object.
  void remove(const Handle* handle) {
    const std::lock_guard lock(mutex_);
    if (entries_.erase(handle) == 0) {
      refuse(neuron::kBadState, "this is no ", kind_, ", or one that was freed already");
    }
  }

  /// The parent goes: whether it leaves objects behind, which are of no use from now on.
  bool orphan(const void* parent) {
    const std::lock_guard lock(mutex_);
    bool any = false;
    for (auto& [handle, entry] : entries_) {
      if (entry.parent == parent) any = entry.is_orphan = true;
    }
    return any;
  }

 private:
  static constexpr std::uintptr_t kStep = 64;
  struct Entry {
    std::shared_ptr<Object> object;
    const void* parent = nullptr;
    bool is_orphan = false;
  };
  std::string_view kind_;
  std::mutex mutex_;
  std::uintptr_t next_ = 0x10000;
  std::map<const Handle*, Entry> entries_;
};

}  // namespace sotto::simulator
