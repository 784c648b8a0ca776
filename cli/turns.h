#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

namespace sotto::cli {

/// Lets several threads work at numbered things and do in the order of the numbers, one at a time,
/// what is seen of that: it looks as if one had been done after the other. For any threads at once.
class Turns {
 public:
  explicit Turns(std::size_t count) : waiting_(count), ended_(count) {}

  /// Does it at once if all numbers before `number` have ended, else when they have, in the thread
  /// that ends the last of them. What it throws passes through there.
  void act(std::size_t number, std::function<void()> action);
  /// The same, but never later.
  void act_now_or_never(std::size_t number, const std::function<void()>& action);
  /// `number` acts no more.
  void end(std::size_t number);

 private:
  std::mutex mutex_;
  std::size_t current_ = 0;
  std::vector<std::deque<std::function<void()>>> waiting_;  ///< by number
  std::vector<bool> ended_;
};

}  // namespace sotto::cli
