#include "turns.h"

#include <utility>

namespace sotto::cli {

void Turns::act(std::size_t number, std::function<void()> action) {
  const std::lock_guard lock(mutex_);
  if (number == current_) {
    action();
  } else {
    waiting_[number].push_back(std::move(action));
  }
}

void Turns::act_now_or_never(std::size_t number, const std::function<void()>& action) {
  const std::lock_guard lock(mutex_);
  if (number == current_) action();
}

void Turns::end(std::size_t number) {
  const std::lock_guard lock(mutex_);
  ended_[number] = true;
  while (current_ < ended_.size() && ended_[current_]) {
    if (++current_ == ended_.size()) return;
    for (const auto& action : std::exchange(waiting_[current_], {})) action();
  }
}

}  // namespace sotto::cli
